"""Owner keys in and out of commands: in files or a variable, for others see what is on a command line."""

import os
import sys
from pathlib import Path

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


def hand_over(key: str, file: Path | None) -> None:
    """To a file that only its owner can read, else to standard error: standard output is the game's URL."""
    if file is None:
        typer.echo(f"owner key: {key}", err=True)
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(key + "\n")
