"""The parties as processes that may be killed, asked to stop, and begun again where they were."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from services.parties import STOPPING_S, free_ports, wait_for_url
from services.web.serving import URL_FILE

PROFILES = Path(__file__).parent.parent / "tests" / "profiles"  # small black boxes, which train in no time


class Party:
    """A server of `module` with its folder and port; `start` and `kill` it as often as wanted."""

    def __init__(self, module: str, data: Path, *arguments: str) -> None:
        self.module, self.data, self.arguments = module, data, arguments
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it accepts connections; raises CommandError when it does not."""
        self.process = self.begun()
        wait_for_url(self.process, self.data)

    def begun(self) -> "subprocess.Popen[bytes]":
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / URL_FILE).unlink(missing_ok=True)
        command = [sys.executable, "-m", self.module, "serve", "--data", str(self.data)]
        command += ["--port", str(self.port), *self.arguments]
        with (self.data / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """kill -9 of the server and of all that it has started: what a lost machine is."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(STOPPING_S)


@contextmanager
def party(module: str, data: Path, *arguments: str) -> Iterator[Party]:
    """A running one; whatever has become of it meanwhile, nothing of it runs after the block."""
    one = Party(module, data, *arguments)
    one.start()
    try:
        yield one
    finally:
        if one.process is not None:
            end_group(one.process)


def end_group(process: "subprocess.Popen[Any]") -> None:
    with suppress(ProcessLookupError):  # it has ended, and all that it had started
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def provider(data: Path, workers: int = 1, more: Sequence[str] = ()) -> AbstractContextManager[Party]:
    """With the small profiles of the tests beside the shipped ones."""
    return party("services.mlaas", data, "--workers", str(workers), "--profiles", str(PROFILES), *more)
