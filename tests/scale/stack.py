"""The provider on several processes: replicas of the API, supervisors of training, a Dask cluster."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from live import eventually

from services.parties import free_ports, wait_for_url

PYTHON = sys.executable


@dataclass
class Stack:
    """What all parts have in common: the database and the storage, by URL; each has a folder of its own."""

    folder: Path
    database: str
    profiles: str
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "MLAAS_DATABASE": self.database,
            "MLAAS_STORAGE": f"file://{self.folder}/shared",
            "MLAAS_PROFILES": self.profiles,
            "DASK_TEMPORARY_DIRECTORY": str(self.folder / "dask"),
        }
        return os.environ | own

    def replica(self, name: str) -> "Replica":
        """A process of the API."""
        data = self.folder / name
        command = [PYTHON, "-m", "services.mlaas", "serve", "--workers", "0", "--port", "0"]
        return Replica(self.start(name, [*command, "--data", str(data)]), data)

    def supervisor(self, executor: str) -> "subprocess.Popen[bytes]":
        command = [PYTHON, "-m", "services.mlaas", "work", "--executor", executor]
        return self.start("work", [*command, "--data", str(self.folder / "work")])

    def start(self, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
        (self.folder / name).mkdir(exist_ok=True)
        with (self.folder / name / "log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def end(self) -> None:
        """By force: nothing of it is wanted, and a training under way would be waited for."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(20)


@dataclass
class Replica:
    process: "subprocess.Popen[bytes]"
    data: Path

    @cached_property
    def url(self) -> str:
        """Once it answers."""
        return wait_for_url(self.process, self.data)


@contextmanager
def a_stack(folder: Path, database: str, profiles: str) -> Iterator[Stack]:
    stack = Stack(folder, database, profiles)
    try:
        yield stack
    finally:
        stack.end()


def log_of(stack: Stack, name: str) -> str:
    return (stack.folder / name / "log").read_text(errors="replace")


@dataclass
class Cluster:
    """A Dask scheduler and its workers, each a process."""

    stack: Stack
    port: int
    scheduler: "subprocess.Popen[bytes]"
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def spec(self) -> str:
        return f"dask://127.0.0.1:{self.port}"

    @classmethod
    def begun(cls, stack: Stack, workers: int) -> "Cluster":
        [port] = free_ports(1)
        command = [
            PYTHON,
            "-m",
            "dask",
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-dashboard",
        ]
        cluster = cls(stack, port, stack.start("scheduler", command))
        for _ in range(workers):
            cluster.add_worker()
        eventually(lambda: log_of(stack, "scheduler").count("Register worker") >= workers)
        return cluster

    def add_worker(self) -> None:
        """Without a nanny: who is killed stays dead. It may be the first of the two to be there."""
        command = [PYTHON, "-m", "dask", "worker", f"tcp://127.0.0.1:{self.port}", "--host", "127.0.0.1"]
        command += ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        folder = self.stack.folder / f"dask-{len(self.workers)}"
        command += ["--local-directory", str(folder), "--preload", "services.mlaas.task"]
        self.workers.append(self.stack.start(folder.name, command))
