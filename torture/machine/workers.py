"""`mlaas work` beside a server: a supervisor and its training processes, each of which may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torture.parties import PROFILES, end_group

LEASE_S = 2  # so soon are the trainings of a killed one given to the next
ENDING_S = 120.0


class Workers:
    def __init__(self, data: Path, processes: int, attempts: int) -> None:
        executor = ["--executor", f"process:{processes}", "--profiles", str(PROFILES)]
        self.command = [sys.executable, "-m", "services.mlaas", "work", "--data", str(data), *executor]
        self.environment = {"MLAAS_LEASE_S": str(LEASE_S), "MLAAS_ATTEMPTS": str(attempts)}
        self.log = data / "work.log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | self.environment,
            )

    def training_processes(self) -> list[int]:
        found = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        lines = [line.split(maxsplit=2) for line in found.stdout.splitlines()]
        mine = str(self.process.pid)
        return [int(pid) for pid, parent, arguments in lines if parent == mine and "spawn_main" in arguments]

    def kill_all(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_supervisor(self) -> bool:
        """Whether its training processes have ended by themselves."""
        self.process.kill()
        self.process.wait()
        deadline = time.monotonic() + ENDING_S
        while time.monotonic() < deadline:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.02)
        return False


@contextmanager
def workers(data: Path, processes: int, attempts: int) -> Iterator[Workers]:
    one = Workers(data, processes, attempts)
    try:
        yield one
    finally:
        end_group(one.process)
