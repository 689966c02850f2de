"""How far a download is: a bar on a terminal, lines in the log of a server."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STEP = 32 * 2**20  # bytes between two lines
MEBIBYTE = 2**20

log = logging.getLogger(__name__)


@contextmanager
def progress(name: str, had: int, whole: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told of every further byte; `whole` is None where the size is not known."""
    shown = bar if sys.stderr.isatty() else lines
    with shown(name, had, whole) as advance:
        yield advance


@contextmanager
def bar(name: str, had: int, whole: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task(name, total=whole, completed=had)
        yield lambda count: drawn.advance(task, count)


@contextmanager
def lines(name: str, had: int, whole: int | None) -> Iterator[Callable[[int], None]]:
    received = had
    of = f" of {whole / MEBIBYTE:.1f}" if whole else ""

    def advance(count: int) -> None:
        nonlocal received
        received += count
        if received // STEP > (received - count) // STEP:
            log.info("%s: %.1f%s MiB", name, received / MEBIBYTE, of)

    log.info("fetching %s from byte %d%s", name, had, f", {whole / MEBIBYTE:.1f} MiB in all" if whole else "")
    yield advance
    log.info("%s: %.1f MiB received", name, received / MEBIBYTE)
