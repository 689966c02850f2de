"""Commands in the environments that other people's servers have to themselves; `make` installs these."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from live import eventually

ENVIRONMENTS = Path(__file__).parents[1] / ".venv-foreign"
STARTING_S = 120


def commands_of(environment: str) -> Path:
    """The folder of the commands of tests/foreign/ENVIRONMENT.txt."""
    return ENVIRONMENTS / environment / "bin"


def with_first(commands: Path) -> dict[str, str]:
    """This process's environment, where a folder's commands come first and none of our code is found."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**clean, "PATH": f"{commands}:{os.environ['PATH']}"}


def done(commands: Path, command: Sequence[object], folder: Path) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, cwd=folder, env=with_first(commands), check=True, timeout=STARTING_S)


@contextmanager
def started(commands: Path, command: Sequence[object], folder: Path, ready: str) -> Iterator[None]:
    """A server in a process group of its own, once the URL `ready` answers; ended whatever happens."""
    words = [str(word) for word in command]
    log = folder / f"{words[0]}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=with_first(commands),
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    try:
        eventually(lambda: process.poll() is not None or answers(ready), STARTING_S)
        assert process.poll() is None, log.read_text()[-2_000:]
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False
