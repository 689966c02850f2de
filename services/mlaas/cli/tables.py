"""The data folder opened for a command, and tables on the screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.mlaas.cli.settings import DataOption, settings_from

if TYPE_CHECKING:
    from services.database import Database


@contextmanager
def opened(data: DataOption) -> "Iterator[Database]":
    from services.mlaas.database import open_database
    from services.web.command import CommandError

    settings = settings_from(data=data)
    if settings.database is None and not (settings.data / "mlaas.sqlite").exists():
        raise CommandError(f"there is no provider's data in {settings.data}; name its folder with --data")
    database = open_database(settings.data, settings.database)
    yield database
    database.dispose()


def when(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def show(title: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 200  # a pipe has no width of its own
    console.print(table)
