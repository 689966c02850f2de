"""What a provider's processes and its folder hold, looked at every few seconds; and how fast that grows."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.stats import theilslopes

from benchmarks.speed.processes import command_line, descendants, status_mib

BLOCKS = 24  # neighbouring samples are not independent: a slope is that of the medians of so many parts
HOUR_S = 3600.0
LEVEL = 0.99


@dataclass(frozen=True)
class Held:
    """By one kind of process together, at one time."""

    resident_mib: float
    descriptors: int
    threads: int


@dataclass(frozen=True)
class Growth:
    """Of the resident memory an hour, as a share of its median; with an interval at LEVEL."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.1%} an hour ({self.low:+.1%} to {self.high:+.1%})"


@dataclass
class Samples:
    """Of the processes that `server` started, and of the folder `data`; `held` is by kind of process."""

    server: int
    data: Path
    every_s: float
    at_s: list[float] = field(default_factory=list)
    held: dict[str, list[Held]] = field(default_factory=lambda: {"API": [], "worker": [], "trainings": []})
    wal_mib: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While the block lasts."""
        over = threading.Event()

        def look_again() -> None:
            while not over.is_set():
                self.look()
                over.wait(self.every_s)

        with ThreadPoolExecutor(1) as thread:
            under_way = thread.submit(look_again)
            try:
                yield
            finally:
                over.set()
        under_way.result()

    def look(self) -> None:
        self.at_s.append(time.monotonic())
        for kind, pids in self.processes().items():
            self.held[kind].append(held(pids))
        wal = self.data / "mlaas.sqlite-wal"
        self.wal_mib.append(wal.stat().st_size / 2**20 if wal.exists() else 0.0)
        self.files.append(sum(len(files) for _, _, files in os.walk(self.data)))

    def processes(self) -> dict[str, list[int]]:
        """The server itself, the worker that it started, and whatever that one has started."""
        workers = [pid for pid in descendants(self.server) if " work " in command_line(pid)]
        return {
            "API": [self.server],
            "worker": workers,
            "trainings": [pid for worker in workers for pid in descendants(worker)],
        }

    def growth(self, kind: str) -> Growth:
        """After the first third, in which caches fill."""
        since = len(self.at_s) // 3
        hours = np.array(self.at_s[since:]) / HOUR_S
        resident = np.array([one.resident_mib for one in self.held[kind][since:]])
        slope, _, low, high = theilslopes(medians(resident), medians(hours), LEVEL)
        usual = float(np.median(resident))
        return Growth(slope / usual, low / usual, high / usual)


def medians(values: np.ndarray) -> list[float]:
    return [float(np.median(part)) for part in np.array_split(values, BLOCKS)]


def held(pids: Sequence[int]) -> Held:
    return Held(
        sum(status_mib(pid, "VmRSS") for pid in pids),
        sum(entries(pid, "fd") for pid in pids),
        sum(entries(pid, "task") for pid in pids),
    )


def entries(pid: int, folder: str) -> int:
    """0 for a process that has just ended."""
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/{folder}").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return 0
