"""Records as owners keep them: CSV, NPY or Parquet, read into named columns of numbers or words."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.web.command import CommandError

TRUTH = {"false": 0.0, "true": 1.0}
Column = NDArray[Any]  # (N,) of float64, or of str


@dataclass(frozen=True, eq=False)
class Columns:
    """What a file holds: columns by name, in order; where the file has no names, by number."""

    file: Path
    named: dict[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.named.values())))


def read(files: Sequence[Path]) -> list[Columns]:
    """Each file's columns, of one order in all; raises CommandError, naming the file and what to do."""
    header = header_of(files)
    found = [READERS[suffix_of(file)](file, header) for file in files]
    names = list(found[0].named)
    for one in found:
        if set(one.named) != set(names):
            raise CommandError(f"{one.file} has other columns than {files[0]}; give all files the same.")
    return [Columns(one.file, {name: one.named[name] for name in names}) for one in found]


def suffix_of(file: Path) -> str:
    if file.suffix not in READERS:
        raise CommandError(f"{file}: records are read from {', '.join(READERS)} files.")
    return file.suffix


def header_of(files: Sequence[Path]) -> list[str] | None:
    """The names that all CSV files begin with; None where they begin with records, which are distinct."""
    first = [next(iter(lines_of(file)), []) for file in files if file.suffix == ".csv"]
    named = bool(first) and all(line == first[0] for line in first) and not all(map(is_number, first[0]))
    return first[0] if named else None


def read_csv(file: Path, header: list[str] | None) -> Columns:
    lines = lines_of(file)[1 if header else 0 :]
    if not lines or len(lines[0]) < 2:
        raise CommandError(
            f"{file} holds no records; a line is a label and the features after it, with commas."
        )
    names = header or numbered(len(lines[0]))
    for number, line in enumerate(lines):
        if len(line) != len(names):
            raise CommandError(
                f"{file}: record {number} has {len(line)} fields where there are {len(names)}."
            )
    if len(set(names)) < len(names):
        raise CommandError(f"{file} has two columns of one name; rename one.")
    columns = zip(*lines, strict=True)
    return Columns(
        file, {name: column_of(cells, name, file) for name, cells in zip(names, columns, strict=True)}
    )


def lines_of(file: Path) -> list[list[str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            return [[cell.strip() for cell in line] for line in csv.reader(handle) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file} cannot be read as CSV ({error})") from error


def column_of(cells: Sequence[str], name: str, file: Path) -> Column:
    """Numbers where every cell is one, or true or false; else words."""
    if "" in cells:
        raise CommandError(
            f"{file}: record {cells.index('')} has no {name}; fill it, or leave the record out."
        )
    if {cell.lower() for cell in cells} <= TRUTH.keys():
        return np.array([TRUTH[cell.lower()] for cell in cells])
    words = [cell for cell in cells if not is_number(cell)]
    if not words:
        return finite(np.array(cells, np.float64), name, file)
    if len(cells) > 1 and words == [cells[0]]:
        raise CommandError(
            f"{file} has {cells[0]!r} in its first line and numbers below; give all CSV files the same first "
            "line of names, or none."
        )
    return np.array(cells, np.str_)


def read_npy(file: Path, header: object = None) -> Columns:
    try:
        table = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CommandError(f"{file} is no NPY file of numbers; write it with numpy.save") from error
    if (
        not isinstance(table, np.ndarray)
        or table.ndim != 2
        or table.dtype.kind not in "biuf"
        or not table.size
    ):
        raise CommandError(f"{file}: records are a 2-D array of numbers, the label in column 0.")
    names = numbered(table.shape[1])
    numbers = table.astype(np.float64).T
    return Columns(
        file, {name: finite(column, name, file) for name, column in zip(names, numbers, strict=True)}
    )


def read_parquet(file: Path, header: object = None) -> Columns:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise CommandError("Parquet files are read with pyarrow: install penumbra[parquet].") from error
    try:
        table = parquet.read_table(file)
    except (OSError, ArrowException) as error:
        raise CommandError(f"{file} cannot be read as Parquet ({error})") from error
    if not table.num_rows:
        raise CommandError(f"{file} holds no records.")
    columns = zip(table.column_names, table.columns, strict=True)
    return Columns(file, {name: arrow_column(column, name, file) for name, column in columns})


def arrow_column(column: Any, name: str, file: Path) -> Column:
    if column.null_count:
        raise CommandError(f"{file} has records without {name}; fill it, or leave these records out.")
    values = np.array(column.to_pylist())
    if values.dtype.kind in "biuf":
        return finite(values.astype(np.float64), name, file)
    if values.dtype.kind != "U":
        raise CommandError(f"{file}: {name} holds neither numbers nor words; leave the column out.")
    return values


def finite(numbers: NDArray[np.float64], name: str, file: Path) -> Column:
    for row in np.flatnonzero(~np.isfinite(numbers))[:1]:
        raise CommandError(f"{file}: record {row} has no finite {name}; leave it out.")
    return numbers


def numbered(count: int) -> list[str]:
    """The label and the features of a file that has no names."""
    return ["label", *(f"f{number}" for number in range(count - 1))]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # which Python takes, and nobody else


READERS = {".csv": read_csv, ".npy": read_npy, ".parquet": read_parquet}
