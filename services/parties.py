"""Provider and challenger as processes on this machine, and the commands of all three parties.

The parties are known by their commands and their URLs alone, as three people on three machines would.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from services.web.command import CommandError
from services.web.serving import URL_FILE

STARTING_S = 60.0
STOPPING_S = 30.0


@contextmanager
def servers(folder: Path, ports: list[int]) -> Iterator[str]:
    """Provider and challenger; they end with this block, or with this process however it ends."""
    provider_port, challenger_port = ports
    with ExitStack() as stack:
        provider = stack.enter_context(server("services.mlaas", folder / "provider", provider_port, []))
        yield stack.enter_context(
            server("services.challenger", folder / "challenger", challenger_port, ["--provider", provider])
        )


@contextmanager
def server(module: str, data: Path, port: int, more: list[str]) -> Iterator[str]:
    """A server as a process of its own; gives its URL once it accepts connections."""
    data.mkdir(parents=True, exist_ok=True)
    (data / URL_FILE).unlink(missing_ok=True)
    arguments = [sys.executable, "-m", module, "serve", "--until-stdin-closes", "--data", str(data)]
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [*arguments, "--port", str(port), *more], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        yield wait_for_url(process, data)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOPPING_S)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for_url(process: "subprocess.Popen[bytes]", data: Path) -> str:
    deadline = time.monotonic() + STARTING_S
    while not (data / URL_FILE).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            last = (data / "log").read_text(errors="replace").strip().splitlines()[-1:]
            raise CommandError(f"a server did not start: {' '.join(last)} (see {data / 'log'})")
        time.sleep(0.05)
    return (data / URL_FILE).read_text()


def free_ports(count: int) -> list[int]:
    """Ports free just now. They are kept, so that an interrupted game goes on at the same URLs."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def options(values: dict[str, Any]) -> list[str]:
    return [text for name, value in values.items() for text in (f"--{name}", str(value))]


def attacker(*arguments: str | list[str]) -> None:
    finish(subprocess.run([sys.executable, "-m", "attacker", *flat(arguments)], check=False).returncode)


def command(module: str, *arguments: str | list[str]) -> str:
    """Run a command whose output is wanted; what it says to people passes through."""
    done = subprocess.run(
        [sys.executable, "-m", module, *flat(arguments)], stdout=subprocess.PIPE, text=True, check=False
    )
    finish(done.returncode)
    return done.stdout


def flat(arguments: tuple[str | list[str], ...]) -> list[str]:
    return [text for one in arguments for text in ([one] if isinstance(one, str) else one)]


def finish(returncode: int) -> None:
    if returncode:
        raise SystemExit(returncode)
