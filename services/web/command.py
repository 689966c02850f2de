"""Runs a command line so that an error is one line and an exit code, and only a bug has a traceback."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from services.mistake import Mistake
from services.web import logs

log = logging.getLogger(__name__)


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


def keep_private(folder: Path) -> None:
    """There, and looked into by its user alone: records, keys' digests and secrets lie in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # somebody else's folder that we may write to, such as a mounted volume
        folder.chmod(0o700)


def told(message: str, code: int) -> int:
    line = " ".join(message.split())
    if line and logs.begun():
        log.critical(line)
    elif line:  # a command that was shown help in place of its missing arguments says no more
        print(f"error: {line}", file=sys.stderr)  # noqa: T201
    return code
