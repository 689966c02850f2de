"""Programs of the peers, in an environment of their own: `.venv-peers`, which `make bench` makes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from benchmarks.speed.wrk import Request

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(__file__).parent / "peers"
BIN = Path(os.environ.get("PEERS", ROOT / ".venv-peers")) / "bin"
STARTING_S, STOPPING_S, BETWEEN_S = 120.0, 15.0, 0.1


def python(program: str) -> list[str]:
    """The command that runs a program of `peers/` among the peers; raises FileNotFoundError without them."""
    if not (BIN / "python").exists():
        raise FileNotFoundError(f"{BIN / 'python'} is missing: `make bench` makes the peers' environment")
    return [str(BIN / "python"), str(PROGRAMS / program)]


def own_python(program: str) -> list[str]:
    """The same in our own environment, with the versions that we use."""
    return [sys.executable, str(PROGRAMS / program)]


@contextmanager
def serving(
    command: Sequence[str], question: Request, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """A server with its children, once it answers the question; all of them end with this block."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            cwd=PROGRAMS,
            env=os.environ | environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        wait_for_answer(process, question, log)
        yield
    finally:
        end(process)


def wait_for_answer(process: "subprocess.Popen[bytes]", question: Request, log: Path) -> None:
    deadline = time.monotonic() + STARTING_S
    while not answers(question):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a peer's server did not start:\n{log.read_text(errors='replace')[-2_000:]}")
        time.sleep(BETWEEN_S)


def answers(question: Request) -> bool:
    with suppress(httpx.TransportError):
        return httpx.post(question.url, content=question.body, headers=question.headers).is_success
    return False


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the whole group to end, then make it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPPING_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
