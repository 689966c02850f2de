"""From columns of numbers and words to tables of numbers, with what a column holds and words stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Feature
from services.challenger.format import Description
from services.challenger.owning.files import Column, Columns
from services.web.command import CommandError

MOST_CATEGORIES = 1_000  # of a column; one with more names records rather than describes them


@dataclass(frozen=True, eq=False)
class Encoded:
    """`tables` (N, 1+D), one a file, the label in column 0 as an index of the classes."""

    description: Description
    tables: list[NDArray[Any]]


def encode(files: Sequence[Columns], label: str | None, classes: Sequence[str] | None) -> Encoded:
    """All files in one way. `label` names its column, else it is the first; raises CommandError.

    What a feature may hold is what the records of all files hold, taken together.
    """
    names = list(files[0].named)
    label = label or names[0]
    if label not in names:
        raise CommandError(f"There is no column {label!r}; --label names one of {', '.join(names[:10])}.")
    labels = [list(map(class_name, one.named[label])) for one in files]
    known = tuple(classes or ordered({name for file in labels for name in file}))
    places = [places_of(file, known, one) for file, one in zip(labels, files, strict=True)]
    found = [encoded(name, [one.named[name] for one in files]) for name in names if name != label]
    if not found:
        raise CommandError(f"{files[0].file} has no column but the label.")
    tables = [
        np.column_stack([places[number], *(columns[number] for _, columns in found)])
        for number in range(len(files))
    ]
    features = tuple(feature for feature, _ in found)
    return Encoded(Description(known, features), [*map(compact, tables)])


def encoded(name: str, columns: Sequence[Column]) -> tuple[Feature, list[NDArray[np.float64]]]:
    """A feature, and its numbers file by file."""
    words = [column.dtype.kind == "U" for column in columns]
    if all(words):
        return in_categories(name, columns)
    if any(words):
        raise CommandError(f"The column {name} has words in one file and numbers in another; write one way.")
    whole = np.concatenate(columns)
    low, high = float(whole.min()), float(whole.max())
    if np.isin(whole, (0, 1)).all():
        return Feature(name, "binary", 0, 1), list(columns)
    kind: Any = "integer" if np.array_equal(np.rint(whole), whole) else "real"
    return Feature(name, kind, low, high), list(columns)


def in_categories(name: str, columns: Sequence[Column]) -> tuple[Feature, list[NDArray[np.float64]]]:
    """Words are numbered in their order."""
    words = sorted({str(word) for column in columns for word in np.unique(column)})
    if len(words) > MOST_CATEGORIES:
        raise CommandError(
            f"The column {name} has {len(words):,} different words, more than categories are; leave it out."
        )
    feature = Feature(
        name, "categorical", 0, len(words) - 1, tuple(map(float, range(len(words)))), tuple(words)
    )
    return feature, [np.searchsorted(words, column).astype(np.float64) for column in columns]


def class_name(label: Any) -> str:
    """As a model names its classes: whole numbers without decimals."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def ordered(names: set[str]) -> list[str]:
    """As scikit-learn sorts classes: numbers by their value, else words."""
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def places_of(labels: Sequence[str], classes: Sequence[str], file: Columns) -> NDArray[np.float64]:
    place = {name: number for number, name in enumerate(classes)}
    for row, name in enumerate(labels):
        if name not in place:
            raise CommandError(
                f"{file.file}: record {row} is of class {name!r}, which --classes does not name."
            )
    return np.array([place[name] for name in labels], np.float64)


def compact(table: NDArray[np.float64]) -> NDArray[Any]:
    """In int32 where every number is one, for less to send."""
    small = np.abs(table).max() < 2**31 and np.array_equal(np.rint(table), table)
    return table.astype(np.int32) if small else table
