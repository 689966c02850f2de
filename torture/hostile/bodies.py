"""Requests whose bodies lie about their size, come a byte at a time or are bombs, with odd heads and paths.

Each is refused in one short problem, or its connection closed; the memory that the servers take meanwhile has
a bound. A customer asks all the while, and is answered. No file lies elsewhere than it should.
"""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from benchmarks.speed.processes import status_mib, told
from services.web.bodies import NPY
from torture.customers.asking import Storm, questions_of, trained
from torture.customers.samples import held
from torture.found import Found
from torture.parties import Party, party, provider
from torture.wire.bodies import CSV, Aim, Hostile, against, odd_names, odd_paths
from torture.wire.raw import exchanged

FULL, BRIEF = 3_000, 80
AT_ONCE = 32
ARRIVAL_S = 2.0
PREDICTING_MIB = 64
MOST_MIB = 256  # that the API may need beside what it needs in any case
MOST_DESCRIPTORS = 8  # that the database, read by more threads, may need beside those
LONGEST_REFUSAL = 4_096
ENDED_S = 60.0
LIMITS = {
    "MLAAS_PREDICTING_BYTES": str(PREDICTING_MIB * 2**20),
    "MLAAS_PREDICT_NPY_BYTES": str(4 * 2**20),
    "MLAAS_UPLOAD_BYTES": str(8 * 2**20),
    "MLAAS_ARRIVAL_S": str(ARRIVAL_S),
    "CHALLENGER_ARRIVAL_S": str(ARRIVAL_S),
}
EXPECTED = re.compile(
    r"provider(/(log|url|worker\.alive|mlaas\.sqlite(-wal|-shm)?|uploads"
    r"|artifacts(/[0-9a-f]{64})?|datasets(/d-[0-9a-z]{12}(/(features|labels)\.npy)?)?))?"
    r"|challenger(/(log|url|secret|challenger\.sqlite(-wal|-shm)?|uploads(/u-[a-z2-7]{12}\.npy)?))?"
)


def run(much: int, random: Generator, folder: Path) -> Found:
    with told(**LIMITS), provider(folder / "provider") as mlaas, Customer(mlaas.url) as owner:
        model = trained(owner, "tiny", random)
        with party("services.challenger", folder / "challenger", "--provider", mlaas.url) as challenger:
            attack = Attack({"provider": mlaas, "challenger": challenger})
            requests = list((at_provider(model, owner.key) | at_challenger()).items())
            drawn = [requests[number] for number in random.permutation(len(requests))]
            storm = Storm(owner.key, questions_of(model, random, (1, 20)))
            with storm.of(mlaas.url, 2, random):
                storm.until(1)
                before = attack.held()
                attack.send([drawn[number % len(drawn)] for number in range(much)])
                storm.until(4)
            attack.check(before)
        answers = storm.answers
        attack.wrong += [f"a customer was not answered {len(storm.broken)} times"] if storm.broken else []
        attack.wrong += [f"a customer was answered {one.status}" for one in answers if one.status != 200]
        attack.wrong += [f"{file} lies there" for file in strange_files(folder)]
    kinds = min(much, len(drawn))
    done = {"hostile requests": attack.sent, "kinds": kinds, "answers of a customer": len(answers)}
    return Found(done, attack.wrong, attack.measured)


def at_provider(model: str, key: str) -> dict[tuple[str, str], Hostile]:
    own = {"Authorization": f"Bearer {key}"}
    csv = b"a,1,2\nb,3,4\n"
    aims = {
        "a prediction": Aim(f"/v1/models/{model}/predict", own | {"Content-Type": NPY}),
        "an upload": Aim("/v1/datasets", own | {"Content-Type": NPY}),
        "a training": Aim("/v1/models", own | {"Content-Type": NPY}),
        "a prediction without a key": Aim(f"/v1/models/{model}/predict", {"Content-Type": NPY}),
        "an upload without a key": Aim("/v1/datasets", {"Content-Type": CSV}),
    }
    every = against(aims) | odd_paths(own) | odd_names(own, csv)
    return {("provider", what): hostile for what, hostile in every.items()}


def at_challenger() -> dict[tuple[str, str], Hostile]:
    aims = {
        "a game": Aim("/v1/games", {"Content-Type": "application/json"}),
        "a table": Aim("/v1/uploads", {"Content-Type": NPY}),
    }
    every = against(aims) | odd_paths({})
    return {("challenger", what): hostile for what, hostile in every.items()}


@dataclass
class Attack:
    servers: dict[str, Party]
    sent: int = 0
    slowest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    measured: dict[str, float | str] = field(default_factory=dict)

    def send(self, requests: list[tuple[tuple[str, str], Hostile]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for wrong in threads.map(self.one, requests):
                self.sent += 1
                self.wrong += wrong

    def one(self, asked: tuple[tuple[str, str], Hostile]) -> list[str]:
        (server, what), hostile = asked
        began = time.monotonic()
        try:
            came = exchanged(self.servers[server].url, hostile.parts, hostile.pause_s)
        except TimeoutError:
            return [f"the {server} neither answered nor ended {what}"]
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if came.status not in hostile.right:
            return [f"the {server} answered {what} with {came.status}: {came.body[:200]!r}"]
        if came.status >= 400 and not (came.problem and len(came.body) <= LONGEST_REFUSAL):
            return [f"the {server} refused {what} in other words: {came.body[:200]!r}"]
        return []

    def held(self) -> dict[str, tuple[float, int]]:
        """MiB at most so far, and descriptors now."""
        return {name: (status_mib(pid, "VmHWM"), held([pid]).descriptors) for name, pid in self.pids()}

    def pids(self) -> Iterator[tuple[str, int]]:
        for name, server in self.servers.items():
            assert server.process is not None
            yield name, server.process.pid

    def check(self, before: dict[str, tuple[float, int]]) -> None:
        for name, pid in self.pids():
            deadline = time.monotonic() + ENDED_S
            while held([pid]).descriptors > before[name][1] + MOST_DESCRIPTORS:
                if time.monotonic() > deadline:
                    self.wrong.append(f"the {name} keeps descriptors: {held([pid]).descriptors}")
                    break
                time.sleep(0.1)
            more = status_mib(pid, "VmHWM") - before[name][0]
            self.measured[f"memory that the {name} took for it, MiB"] = round(more)
            if more > MOST_MIB:
                self.wrong.append(f"the {name} took {more:.0f} MiB for it")
        self.measured["slowest refusal, s"] = round(self.slowest_s, 1)


def strange_files(folder: Path) -> list[str]:
    """All but what the servers name themselves; of an upload that was refused, nothing is left."""
    found = (str(path.relative_to(folder)) for path in folder.rglob("*"))
    return sorted(name for name in found if not EXPECTED.fullmatch(name))
