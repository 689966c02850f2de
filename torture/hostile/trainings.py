"""Trainings and leakage reports that would take for ever, or all memory, or are cancelled on their way.

Those over a limit end in a sentence that names it. All the while another customer's trainings, which share
the processes, end in models. The worker is the same one afterwards, and no process had more memory than the
limit and what it takes between two looks.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
LOOK_AGAIN_S = 0.05
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
    over: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def go_on(self, much: int) -> None:
        worker = self.worker()
        self.dataset = self.greedy.upload(two_clusters(40, self.random))
        self.held_out = self.greedy.upload(two_clusters(40, self.random))
        own = self.modest.upload(two_clusters(40, self.random))
        with ThreadPoolExecutor(1) as beside:
            modestly = beside.submit(self.train_modestly, own)
            try:
                waiting = [begin() for begin in islice(cycle(self.ways()), much)]
                deadline = time.monotonic() + ENDED_S
                while waiting and time.monotonic() < deadline:
                    waiting = [one for one in waiting if not self.ended(one)]
                    time.sleep(LOOK_AGAIN_S)
            finally:
                self.over.set()
            modestly.result()
        if waiting:
            self.wrong.append(f"{len(waiting)} trainings that had to end have not")
        if self.worker() != worker:
            self.wrong.append("the worker died")
        if self.most_mib > JOB_MIB + MORE_MIB:
            self.wrong.append(f"a training process had {self.most_mib:.0f} MiB")

    def train_modestly(self, own: str) -> None:
        while not self.over.is_set():
            self.modest.wait(self.modest.train(own, "quick"))
            self.modest_ones += 1

    def ways(self) -> tuple[Callable[[], "Greedy"], ...]:
        return self.too_long, self.too_large, self.cancelled, self.report

    def too_long(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "endless")
        return Greedy("ended for their time", f"/v1/models/{model}", TOO_LONG)

    def too_large(self) -> "Greedy":
        model = self.greedy.train(self.dataset, "vast")
        return Greedy("ended for their memory", f"/v1/models/{model}", TOO_LARGE)

    def cancelled(self) -> "Greedy":
        """As soon as it is under way."""
        path = f"/v1/models/{self.greedy.train(self.dataset, 'endless')}"
        while self.greedy.get(path).raise_for_status().json()["state"] == "queued":
            time.sleep(LOOK_AGAIN_S)
        self.greedy.post(f"{path}/cancel").raise_for_status()
        return Greedy("cancelled", path, None)

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
        if document["state"] in ("queued", "training", "running"):
            return False
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
    """Where it is looked up, and what its end has to say; None: it was cancelled."""

    kind: str
    path: str
    reason: str | None
