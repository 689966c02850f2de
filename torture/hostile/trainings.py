"""Trainings and leakage reports that would take for ever, or all memory, or are cancelled on their way.

Those over a limit end in a sentence that names it. All the while another customer's trainings, which share
the processes, end in models. The worker is the same one afterwards, and no process had more memory than the
limit and what it takes between two looks.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from benchmarks.speed.processes import command_line, descendants, status_mib, told
from torture.customers.asking import two_clusters
from torture.found import Found
from torture.parties import Party, party

FULL, BRIEF = 40, 3
JOB_S, JOB_MIB = 5.0, 700
MORE_MIB = 1_536  # that a process can take before it is looked at again, and the libraries' own
ENDED_S = 600.0
SHADOWS = 64
LIMITS = {"MLAAS_JOB_S": str(JOB_S), "MLAAS_JOB_BYTES": str(JOB_MIB * 2**20), "MLAAS_LEASE_S": "3"}
HEAD = 'summary = "For trials."\nprice = { currency = "USD", training = 0.0, per_1000_records = 0.0 }\n'
PROFILES = {
    "quick": "hidden = [8], epochs = 100, batch = 10",
    "assessed": "hidden = [8], epochs = 4_000, batch = 10",  # its report takes fifty times that
    "endless": "hidden = [8], epochs = 1_000_000_000, batch = 10",
    "vast": "hidden = [20_000, 20_000], epochs = 1",  # 1.6 GB of weights, and more for each step
}
TOO_LONG, TOO_LARGE = f"took longer than {JOB_S:g} s", f"needed more than {JOB_MIB} MiB of memory"


def run(much: int, random: Generator, folder: Path) -> Found:
    profiles = folder / "profiles"
    profiles.mkdir()
    for name, parameters in PROFILES.items():
        candidates = f'candidates = [{{ model_type = "mlp", parameters = {{ {parameters} }} }}]\n'
        (profiles / f"{name}.toml").write_text(HEAD + candidates)
    more = ("--workers", "2", "--profiles", str(profiles))
    with (
        told(**LIMITS),
        party("services.mlaas", folder / "provider", *more) as server,
        Customer(server.url) as greedy,
        Customer(server.url) as modest,
    ):
        trial = Greed(server, greedy, modest, random)
        trial.go_on(much)
    return Found(
        done={**trial.done, "trainings of another customer": trial.modest_ones},
        wrong=trial.wrong,
        measured={"most memory of a training process, MiB": round(trial.most_mib)},
    )


@dataclass
class Greed:
    server: Party
    greedy: Customer
    modest: Customer
    random: Generator
    modest_ones: int = 0
    most_mib: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def go_on(self, much: int) -> None:
        worker = self.worker()
        self.dataset = self.greedy.upload(two_clusters(40, self.random))
        self.held_out = self.greedy.upload(two_clusters(40, self.random))
        own = self.modest.upload(two_clusters(40, self.random))
        waiting = [begin() for begin in islice(cycle(self.ways()), much)]
        deadline = time.monotonic() + ENDED_S
        while waiting and time.monotonic() < deadline:
            self.modest.wait(self.modest.train(own, "quick"))
            self.modest_ones += 1
            waiting = [one for one in waiting if not self.ended(one)]
        if waiting:
            self.wrong.append(f"{len(waiting)} trainings that had to end have not")
        if self.worker() != worker:
            self.wrong.append("the worker died")
        if self.most_mib > JOB_MIB + MORE_MIB:
            self.wrong.append(f"a training process had {self.most_mib:.0f} MiB")

    def ways(self) -> tuple[Callable[[], "Greedy"], ...]:
        return self.too_long, self.too_large, self.cancelled, self.report

    def too_long(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "endless")
        return Greedy("ended for their time", f"/v1/models/{model}", TOO_LONG)

    def too_large(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "vast")
        return Greedy("ended for their memory", f"/v1/models/{model}", TOO_LARGE)

    def cancelled(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "endless")
        return Greedy("cancelled", f"/v1/models/{model}", None)

    def report(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "assessed", range(20))
        self.greedy.wait(model)
        path = f"/v1/models/{model}/leakage-report"
        asked = {"held_out": self.held_out, "shadows": SHADOWS}
        self.greedy.post(path, json=asked).raise_for_status()
        return Greedy("reports ended for their time", path, TOO_LONG)

    def ended(self, one: "Greedy") -> bool:
        for process in self.training_processes():
            self.most_mib = max(self.most_mib, status_mib(process, "VmHWM"))
        document = self.greedy.get(one.path).raise_for_status().json()
        if one.reason is None and document["state"] == "training":
            self.greedy.post(f"{one.path}/cancel").raise_for_status()
        if document["state"] in ("queued", "training", "running"):
            return False
        if one.reason is None and document["state"] == "failed":  # it came to its limit before
            one = Greedy("ended for their time", one.path, TOO_LONG)
        state, error = ("cancelled", "") if one.reason is None else ("failed", one.reason)
        if document["state"] != state or error not in (document["error"] or ""):
            self.wrong.append(f"{one.kind}: it is {document['state']}, {document['error']!r}")
        self.done[one.kind] += 1
        return True

    def worker(self) -> int:
        assert self.server.process is not None
        [found] = [pid for pid in descendants(self.server.process.pid) if " work " in command_line(pid)]
        return found

    def training_processes(self) -> Iterator[int]:
        yield from (pid for pid in descendants(self.worker()) if "spawn_main" in command_line(pid))


@dataclass(frozen=True)
class Greedy:
    """Where it is looked up, and what its end has to say; None: it is cancelled on the way."""

    kind: str
    path: str
    reason: str | None
