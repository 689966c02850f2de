"""The attacker's command, run again and again: imported once, each run a process of its own.

`python -m torture.contests.attacking PATIENCE [MODULE...]` reads a run a line, {"arguments", "folder"}, and
tells its process's id and how it ended. The impatient wait 2 s for an answer, and not 120; the hurried do not
pause after a failure, either.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torture.parties import end_group

Patience = Literal["patient", "impatient", "hurried"]
MOST_S = 120  # that a run may take
PATIENCE_S = 2.0  # with a server that is slow: 120 s where nobody is in a hurry
LAZY = (
    "attacker.experiment attacker.game attacker.client.evaluations attacker.report.run_report "
    "attacker.report.tables attacker.statistics.evaluation attacker.attacks.gap "
    "attacker.attacks.loss_threshold"
)


@dataclass(frozen=True)
class Ended:
    """How a run did: its exit status, None where it did not end; memory in bytes, at the most."""

    code: int | None
    stdout: str
    stderr: str
    memory: int


class Attacker:
    """Runs of `attacker`, one after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(self, folder: Path, *arguments: object) -> Ended:
        self.begin(folder, *arguments)
        return self.ended(folder)

    def begin(self, folder: Path, *arguments: object) -> int:
        """The process of a run, which may be killed."""
        assert self.process.stdin is not None
        self.process.stdin.write(
            json.dumps({"arguments": list(map(str, arguments)), "folder": str(folder)}) + "\n"
        )
        self.process.stdin.flush()
        return int(self.told()["process"])

    def ended(self, folder: Path) -> Ended:
        """Once it has."""
        told = self.told()
        files = folder / "stdout", folder / "stderr"
        out, error = (file.read_text(errors="replace") if file.exists() else "" for file in files)
        return Ended(told["code"], out, error, told["memory"])

    def told(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@contextmanager
def attacking(patience: Patience = "hurried", *modules: str) -> Iterator[Attacker]:
    """`modules` are what its runs need besides."""
    command = [sys.executable, "-m", "torture.contests.attacking", patience, *modules]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    try:
        yield Attacker(process)
    finally:
        end_group(process)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def main() -> None:
    patience, *modules = sys.argv[1:]
    prepare(patience, modules)
    for line in sys.stdin:
        for told in forked(json.loads(line)):
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


def prepare(patience: str, modules: Sequence[str]) -> None:
    """What every run needs is imported; and nobody waits as long as one does for a server far away."""
    from importlib import import_module

    for name in (*LAZY.split(), *modules):
        import_module(name)
    if patience != "patient":
        impatient(pausing=patience == "impatient")


def impatient(pausing: bool) -> None:
    from attacker.client import http

    begin = http.Http.__post_init__

    def hurried(self: http.Http) -> None:
        self.read_s = PATIENCE_S
        begin(self)

    http.Http.__post_init__ = hurried  # type: ignore[method-assign]
    if not pausing:
        http.Http.pause = lambda self, attempt: 0.01  # type: ignore[method-assign]


def forked(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = played(Path(asked["folder"]), asked["arguments"])
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    yield {"process": process}
    _, status, used = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    yield {"code": None if code == -signal.SIGALRM else code, "memory": used.ru_maxrss * 1024}


def played(folder: Path, arguments: list[str]) -> int:
    from attacker.cli import main

    folder.mkdir(parents=True, exist_ok=True)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(folder / name, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(file, descriptor)
    signal.alarm(MOST_S)
    sys.argv = ["attacker", *arguments]
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
