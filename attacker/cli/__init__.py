"""The commands, one file a group. What a command needs is imported when it runs, so that help is quick."""

import os
import sqlite3
import sys

import typer
from typer.exceptions import TyperException

from attacker.cli import (
    attacks,
    audit,
    dialects,
    export,
    importing,
    play,
    report,
    reproduce,
    syntheses,
    synthesize,
)
from attacker.errors import AttackerError
from attacker.legible import legible

LONGEST = 1_500  # characters of an error
INTERRUPTED = 130  # what a command that Ctrl-C ended answers

app = typer.Typer(
    name="attacker",
    help="Was this record in the training set? Membership inference against a model behind an API.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # the look of rich takes a third of the time in which help appears
)
app.command()(play.play)
app.command()(audit.audit)
app.command()(attacks.attacks)
app.command()(export.export)
app.command("import")(importing.import_)
app.command()(report.report)
app.command()(reproduce.reproduce)
app.command()(synthesize.synthesize)
app.command()(syntheses.syntheses)
app.command()(dialects.dialects)


@app.callback(invoke_without_command=True)
def without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run a command. An error is one line and an exit code; a bug keeps its traceback."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: small batches lose by more threads
    try:
        code = app(standalone_mode=False)
    except AttackerError as error:
        code = told(str(error), error.exit_code)
    except TyperException as error:
        code = told(error.format_message(), error.exit_code)
    except (OSError, sqlite3.Error) as error:
        remedy = "see that the disk has space and that the run folder can be written."
        code = told(f"{error}; {remedy}", AttackerError.exit_code)
    if code == INTERRUPTED:
        told("interrupted; the same command goes on where this one was.", code)
    sys.exit(code if isinstance(code, int) else 0)


def told(message: str, code: int) -> int:
    """Some of it may be a server's words: no terminal is to obey them."""
    print(f"error: {legible(message)[:LONGEST]}", file=sys.stderr)  # noqa: T201
    return code
