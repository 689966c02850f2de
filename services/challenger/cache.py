"""The cache's files: `<name>.npz` with features `x`, labels `y`, and `n_features` when `x` is bit-packed."""

import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
MOST_BYTES = 2**31  # of all arrays of a file, unpacked
LONGEST_REASON = 300  # it may quote the file
UNREADABLE = (
    *(ValueError, TypeError, LookupError, ArithmeticError, EOFError, OSError),
    *(zlib.error, BadZipFile, tarfile.TarError),
)


def read_arrays(file: Path) -> Arrays:
    """Raises ValueError when the file is no such archive, or a larger one than any data set needs."""
    with opened(file) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    if not all(isinstance(array, np.ndarray) for array in found.values()):
        raise ValueError("it holds more than arrays")
    return found


def count_records(file: Path) -> int:
    """Of the labels alone, which are small; 0 when the file cannot be read."""
    try:
        with opened(file) as arrays:
            return len(arrays["y"])
    except ValueError:
        return 0


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """An archive of arrays; a ValueError, whatever reading from one that somebody made up ends in."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
            if sum(member.file_size for member in arrays.zip.infolist()) > MOST_BYTES:
                raise ValueError(f"its arrays take more than {MOST_BYTES:,} bytes")
            yield arrays
    except Exception as error:
        raise ValueError((str(error) or type(error).__name__)[:LONGEST_REASON]) from error


def write_arrays(file: Path, arrays: Arrays) -> None:
    """Written whole or not at all. Raises OSError."""
    require_writable(file.parent)
    partial = file.with_name(f".{file.stem}-{secrets.token_hex(8)}")
    try:
        with partial.open("xb") as handle:
            np.savez_compressed(handle, allow_pickle=False, **arrays)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def require_writable(folder: Path) -> None:
    """Made where it is missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if not folder.stat().st_mode & 0o222:  # the superuser could write there all the same
        raise PermissionError(f"{folder} is marked read-only")


def labels(arrays: Arrays) -> NDArray[np.int64]:
    """Labels (N,); raises ValueError where they are no whole numbers, LookupError where there are none."""
    if arrays["y"].ndim != 1 or arrays["y"].dtype.kind not in "iu":
        raise ValueError("its labels are no whole numbers")
    return arrays["y"].astype(np.int64)


def packed(features: NDArray[Any]) -> Arrays:
    """Features (N, D) as the cache keeps them: bit-packed when they are all 0 or 1."""
    if features.dtype.kind in "bu" and features.max(initial=0) <= 1:
        return {"x": np.packbits(features, axis=1), "n_features": np.array(features.shape[1])}
    return {"x": features}


def unpacked(arrays: Arrays) -> NDArray[Any]:
    """Features (N, D); images come as flat rows."""
    features = arrays["x"]
    if "n_features" in arrays:
        width = int(arrays["n_features"])
        if not 0 < width <= 8 * features.shape[1]:
            raise ValueError(f"its records have no {width} bits")
        features = np.unpackbits(features, axis=1, count=width)
    return features.reshape(len(features), -1)
