"""The cache's files: `<name>.npz` with features `x`, labels `y`, and `n_features` when `x` is bit-packed."""

import os
import secrets
import tarfile
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
UNREADABLE = (ValueError, TypeError, LookupError, EOFError, OSError, zlib.error, BadZipFile, tarfile.TarError)


def read_arrays(file: Path) -> Arrays:
    """Raises one of UNREADABLE when the file is no such archive."""
    with file.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def count_records(file: Path) -> int:
    """Of the labels alone, which are small; 0 when the file cannot be read."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
            return len(arrays["y"])
    except UNREADABLE:
        return 0


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


def packed(features: NDArray[Any]) -> Arrays:
    """Features (N, D) as the cache keeps them: bit-packed when they are all 0 or 1."""
    if features.dtype.kind in "bu" and features.max(initial=0) <= 1:
        return {"x": np.packbits(features, axis=1), "n_features": np.array(features.shape[1])}
    return {"x": features}


def unpacked(arrays: Arrays) -> NDArray[Any]:
    """Features (N, D); images come as flat rows."""
    features = arrays["x"]
    if "n_features" in arrays:
        features = np.unpackbits(features, axis=1, count=int(arrays["n_features"]))
    return features.reshape(len(features), -1)
