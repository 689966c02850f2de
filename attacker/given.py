"""What a user hands over, as a file: a path is one, and an array becomes one in the run folder.

So a run knows its records by the content of a file, and a command can go on where Python began.
"""

import io
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attacker.errors import ConfigurationError
from attacker.report.files import whole

FOLDER = "given"
Array = NDArray[Any]
Records = str | os.PathLike[str] | Array | tuple[ArrayLike, ArrayLike]
Truth = str | os.PathLike[str] | Array


def records_file(given: Records | None, name: str, out: Path) -> Path | None:
    """Of a table (N, 1 + D) with the label first, of features (N, D) with labels (N,), or of a path.

    Raises ConfigurationError for a file that is not there, and for arrays that are no records.
    """
    if given is None or isinstance(given, str | os.PathLike):
        return existing(given, name)
    return kept(table(given, name), name, out)


def truth_file(given: Truth | None, out: Path) -> Path | None:
    """Of who is a member, (N,), or of a path; raises ConfigurationError."""
    if given is None or isinstance(given, str | os.PathLike):
        return existing(given, "truth")
    return kept(numbers(given, "truth"), "truth", out)


def existing(path: str | os.PathLike[str] | None, name: str) -> Path | None:
    """Raises ConfigurationError for a file that is not there."""
    if path is not None and not Path(path).is_file():
        raise ConfigurationError(f"{name}: there is no file {path}; give the path of one, or an array.")
    return None if path is None else Path(path)


def table(given: Array | tuple[ArrayLike, ArrayLike], name: str) -> Array:
    """(N, 1 + D); raises ConfigurationError."""
    if not isinstance(given, tuple):
        return numbers(given, name)
    if len(given) != 2:
        raise ConfigurationError(f"{name}: a pair is (features, labels), not {len(given)} things.")
    features, labels = (numbers(part, name) for part in given)
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ConfigurationError(
            f"{name}: features are (N, D) and labels (N,), not {features.shape} and {labels.shape}."
        )
    return np.column_stack([labels, features])


def numbers(given: ArrayLike, name: str) -> Array:
    """Raises ConfigurationError for anything else."""
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise ConfigurationError(
            f"{name}: an array is of numbers; number the classes, or give a .csv file, where labels may be "
            "words."
        )
    return array


def kept(array: Array, name: str, out: Path) -> Path:
    """The NPY file that holds it, named by its content: another array does not touch it."""
    written = io.BytesIO()
    np.save(written, np.ascontiguousarray(array), allow_pickle=False)
    content = written.getvalue()
    file = out / FOLDER / f"{name}-{sha256(content).hexdigest()[:16]}.npy"
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as partial:
        partial.write_bytes(content)
    return file
