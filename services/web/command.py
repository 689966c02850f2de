"""Runs a command line so that an error is one line and an exit code, and only a bug has a traceback."""

import sys
from typing import NoReturn

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from services.mistake import Mistake


class CommandError(Mistake):
    """What was typed cannot be done."""


def run(program: typer.Typer) -> NoReturn:
    """Run the program; mistakes and errors of the operating system are a line each."""
    try:
        code = program(standalone_mode=False)
    except TyperException as error:
        code = told(error.format_message(), error.exit_code)
    except ValidationError as error:
        first = error.errors()[0]
        code = told(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", 1)
    except (Mistake, OSError) as error:
        code = told(str(error), 1)
    sys.exit(code if isinstance(code, int) else 0)


def told(message: str, code: int) -> int:
    if message:  # a command that was shown help in place of its missing arguments says no more
        print(f"error: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    return code
