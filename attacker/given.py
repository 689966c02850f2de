"""Records as a user of Python has them: a file, a table, features and labels; runs read them from files."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.errors import ConfigurationError

Given = Path | str | NDArray[Any] | tuple[Any, Any]
FOLDER = "given"  # in the run's own


def records_file(given: Given | None, name: str, out: Path) -> Path | None:
    """Where the records lie: the user's file, else one in the run folder, written for that.

    A table is (N, 1 + D) with the label in column 0; a pair is features (N, D) and labels (N,), which may be
    words. Raises ConfigurationError.
    """
    if given is None or isinstance(given, (Path, str)):
        return checked(given)
    if not isinstance(given, tuple):
        return written(np.asarray(given), out / FOLDER / f"{name}.npy")
    features, labels = map(np.asarray, given)
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ConfigurationError(
            f"The {name} are features (N, D) and labels (N,), not {features.shape} and {labels.shape}."
        )
    if labels.dtype.kind in "biuf":
        return written(np.column_stack([labels, features]), out / FOLDER / f"{name}.npy")
    return with_words(labels, features, out / FOLDER / f"{name}.csv")


def truth_file(given: Path | str | NDArray[Any] | None, out: Path) -> Path | None:
    """Who is a member: a file, or N booleans. Raises ConfigurationError."""
    if given is None or isinstance(given, (Path, str)):
        return checked(given)
    return written(np.asarray(given), out / FOLDER / "truth.npy")


def checked(file: Path | str | None) -> Path | None:
    if file is not None and not Path(file).is_file():
        raise ConfigurationError(f"There is no file {file}.")
    return None if file is None else Path(file)


def written(table: NDArray[Any], file: Path) -> Path:
    if table.dtype.kind not in "biuf":
        raise ConfigurationError(f"The {file.stem} are numbers; give words as labels, (features, labels).")
    file.parent.mkdir(parents=True, exist_ok=True)
    np.save(file, np.ascontiguousarray(table))
    return file


def with_words(labels: NDArray[Any], features: NDArray[Any], file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as handle:
        rows = zip(labels.tolist(), features.tolist(), strict=True)
        csv.writer(handle).writerows([label, *row] for label, row in rows)
    return file
