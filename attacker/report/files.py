"""Files that are there whole or not at all."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attacker.cells import written


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A name to write to; the file is there only when all of it is."""
    partial = file.with_name(f"{file.name}.partial")
    yield partial
    partial.replace(file)


def write_csv(file: Path, rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(map(written, rows))
