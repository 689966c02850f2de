"""Runs a command line so that an error is one line and an exit code, and only a bug has a traceback."""

import sys

import typer
from pydantic import ValidationError

from services.mistake import Mistake


class CommandError(Mistake):
    """What was typed cannot be done."""


def run(program: typer.Typer) -> None:
    """Run the program; mistakes and errors of the operating system are a line each."""
    try:
        program()
    except ValidationError as error:
        first = error.errors()[0]
        end(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (Mistake, OSError) as error:
        end(str(error))


def end(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    raise SystemExit(1)
