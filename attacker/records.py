"""Labelled records: from an array or a file, their labels as indices of the run's classes."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker import cells
from attacker.errors import ConfigurationError
from attacker.fingerprint import fingerprint
from attacker.npy_header import read_header

SHOWN = 200  # characters of a cell in a message


@dataclass(frozen=True, eq=False)
class Records:
    """`labels` (N,) int64 index the run's classes; `features` (N, D) are finite."""

    labels: NDArray[np.int64]
    features: NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, table: NDArray[Any]) -> Self:
        """From an array (N, 1 + D) whose column 0 indexes the classes."""
        return cls(table[:, 0].astype(np.int64), table[:, 1:])

    def table(self) -> NDArray[Any]:
        """(N, 1 + D), the label in column 0."""
        return np.column_stack([self.labels, self.features])

    def take(self, rows: NDArray[Any]) -> Self:
        return type(self)(self.labels[rows], self.features[rows])

    def and_(self, others: Self) -> Self:
        """These records, then the others."""
        if not len(others):
            return self
        return type(self)(
            np.concatenate([self.labels, others.labels]), np.concatenate([self.features, others.features])
        )

    def distinct(self) -> Self:
        """Each record once, whatever its label: a copy could be "in" and "out" of one shadow model."""
        first = {mark: row for row, mark in reversed(list(enumerate(fingerprint(self.features))))}
        return self.take(np.sort(np.fromiter(first.values(), np.int64)))

    def without(self, others: Self) -> Self:
        """The records whose features are in none of the others."""
        known = set(fingerprint(others.features))
        return self.take(np.array([mark not in known for mark in fingerprint(self.features)], np.bool_))


def named(table: NDArray[Any], classes: tuple[str, ...], origin: str) -> Records:
    """From an array whose column 0 holds classes that are integers; raises ConfigurationError."""
    for row in np.flatnonzero(table[:, 0] % 1):
        raise ConfigurationError(
            f"{origin}: record {row} has the label {table[row, 0]}; labels are whole numbers, in column 0."
        )
    place = {name: index for index, name in enumerate(classes)}
    labels = [str(int(label)) for label in table[:, 0]]
    return Records(indices(labels, place, origin), table[:, 1:])


def indices(labels: list[str], place: dict[str, int], origin: str) -> NDArray[np.int64]:
    for row, label in enumerate(labels):
        if label not in place:
            known = ", ".join(list(place)[:5])
            raise ConfigurationError(
                f"{origin}: record {row} has the label {label[:SHOWN]!r}, which is no class of the model "
                f"({known}, ...); the label belongs in column 0."
            )
    return np.array([place[label] for label in labels], np.int64)


def read(path: Path, classes: tuple[str, ...], features: int | None) -> Records:
    """Labelled records from a .npy or .csv file; raises ConfigurationError, naming the file and the row."""
    if path.suffix == ".npy":
        records = named(read_npy(path), classes, str(path))
    elif path.suffix == ".csv":
        records = read_csv(path, classes)
    else:
        raise ConfigurationError(f"{path}: records are read from .npy and .csv files only.")
    if features is not None and records.features.shape[1] != features:
        raise ConfigurationError(
            f"{path}: {records.features.shape[1]} features a record where the model takes {features}; "
            "column 0 is the label, the features follow."
        )
    return records


def read_npy(path: Path) -> NDArray[Any]:
    table = read_numbers(path)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table):
        raise ConfigurationError(f"{path}: records are a 2-D array of numbers, the label in column 0.")
    return table


def read_numbers(path: Path) -> NDArray[Any]:
    """Finite ones of any shape; raises ConfigurationError.

    Mapped first, which allocates nothing and fails where the file is shorter than it says.
    """
    try:
        with path.open("rb") as file:
            shape, by_columns, dtype = read_header(file)
            begins = file.tell()
        if dtype.kind not in "biuf":
            raise ValueError
        mapped = np.memmap(path, dtype, "r", begins, shape, "F" if by_columns else "C")
    except Exception as error:  # whatever reading a header that somebody made up can end in
        raise ConfigurationError(f"{path} is no NPY file of numbers; write it with numpy.save.") from error
    if mapped.dtype.kind == "f" and not np.isfinite(mapped).all():
        raise ConfigurationError(f"{path}: NaN and infinity are not taken; leave those records out.")
    return np.array(mapped)


def read_features(path: Path) -> NDArray[Any]:
    """Records (N, D) without their labels; raises ConfigurationError."""
    return read(path, classes_in([path]), None).features


def classes_in(paths: Sequence[Path]) -> tuple[str, ...]:
    """The labels in some files, sorted as scikit-learn sorts classes; raises ConfigurationError."""
    found: set[str] = set()
    for path in paths:
        if path.suffix == ".npy":
            found |= {str(int(label)) for label in np.unique(read_npy(path)[:, 0]) if label % 1 == 0}
        else:
            found |= {plain(row[0]) for row in rows_of_csv(path)}
    numbers = all(map(is_number, found))
    return tuple(sorted(found, key=lambda label: (float(label), "") if numbers else (0.0, label)))


def read_csv(path: Path, classes: tuple[str, ...]) -> Records:
    """Raises ConfigurationError."""
    rows = rows_of_csv(path)
    try:
        features = np.array([row[1:] for row in rows], np.float64)
    except ValueError as error:
        raise ConfigurationError(
            f"{path}: features must be numbers ({str(error)[:SHOWN]}). Encode words, or have the "
            "records made a game: `challenger create` takes words."
        ) from error
    if not np.isfinite(features).all():
        raise ConfigurationError(f"{path}: NaN and infinity are not taken; leave those records out.")
    place = {name: index for index, name in enumerate(classes)}
    return Records(indices([plain(row[0]) for row in rows], place, str(path)), features)


def rows_of_csv(path: Path) -> list[list[str]]:
    """All of one length; the first line is a header when its second field is no number."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read as CSV ({error}).") from error
    if rows and len(rows[0]) > 1 and not is_number(rows[0][1]):
        rows = rows[1:]
    if not rows or len(rows[0]) < 2:
        raise ConfigurationError(
            f"{path} holds no records; a line is a label and the features after it, with commas."
        )
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ConfigurationError(
                f"{path}: record {number} has {len(row)} fields, the first {len(rows[0])}."
            )
    return rows


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain(label: str) -> str:
    """A label as the provider names its class: integers without decimals."""
    label = cells.read(label.strip())
    return str(int(float(label))) if is_number(label) and float(label).is_integer() else label


def read_truth(path: Path, candidates: int) -> NDArray[np.bool_]:
    """Who is a member, (1, N), from a .npy file of N booleans or 0 and 1; raises ConfigurationError."""
    truth = read_numbers(path).ravel()
    if len(truth) != candidates or not np.isin(truth, (0, 1)).all():
        raise ConfigurationError(
            f"{path}: the truth is 0 or 1 for each of the {candidates} candidates, in their order."
        )
    if truth.all() or not truth.any():
        raise ConfigurationError(f"{path}: an evaluation needs members and non-members.")
    return truth.astype(np.bool_)[None, :]
