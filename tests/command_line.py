"""Commands typed in this process: what they say and how they end, without the start of another process."""

import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest


@dataclass(frozen=True)
class Ended:
    """What a process would leave."""

    returncode: int
    stdout: str
    stderr: str


def typed(main: Callable[[], None], *arguments: Any, **environment: str) -> Ended:
    """A command whose `main` leaves by SystemExit; a traceback is an exception."""
    out, told = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(told):
        patch.setattr("services.web.logs.begin", lambda: None)  # the log of this process is pytest's
        patch.setattr(sys, "argv", ["command", *map(str, arguments)])
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main()
    assert isinstance(left.value.code, int)
    return Ended(left.value.code, out.getvalue(), told.getvalue())
