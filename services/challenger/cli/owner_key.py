"""Owner keys in and out of commands: in files or a variable, for others see what is on a command line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

import typer

VARIABLE = "CHALLENGER_OWNER_KEY"


def owner_key(file: Path | None, option: str) -> str:
    """From the file, `-` for standard input, else from the variable; raises BadParameter for neither."""
    if file is None:
        if not (key := os.environ.get(VARIABLE, "").strip()):
            raise typer.BadParameter(
                f"give the file with the key that `challenger create` handed out, or set {VARIABLE}",
                param_hint=option,
            )
        return key
    return (sys.stdin.read() if str(file) == "-" else file.read_text()).strip()


@contextmanager
def handing_over(file: Path | None) -> Iterator[Callable[[str], None]]:
    """Takes the key to a file that only its owner can read, else to standard error.

    The file is opened first: a key that cannot be kept is not to be asked for. Raises OSError.
    """
    if file is None:
        yield lambda key: typer.echo(f"owner key: {key}", err=True)
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        os.fchmod(descriptor, 0o600)  # it may have been there
        yield partial(written, handle)


def written(handle: TextIO, key: str) -> None:
    handle.truncate()
    handle.write(key + "\n")
