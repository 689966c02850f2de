"""The cache's files: `<name>.npz` with features `x`, labels `y`, and `n_features` when `x` is bit-packed."""

import os
import secrets
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from services.challenger.errors import DatasetUnavailable


def read_arrays(file: Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Features (N, D) and labels (N,); raises DatasetUnavailable when the file is no such archive."""
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
            features, labels = arrays["x"], arrays["y"].astype(np.int64)
            if "n_features" in arrays:
                features = np.unpackbits(features, axis=1, count=int(arrays["n_features"]))
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise DatasetUnavailable(f"{file} cannot be read ({error}); remove it to get it anew.") from error
    return features.reshape(len(features), -1), labels


def write_arrays(file: Path, features: NDArray[Any], labels: NDArray[np.int64]) -> None:
    """Written whole or not at all; bit-packed when the features are all 0 or 1. Raises OSError."""
    binary = features.dtype.kind in "bu" and int(features.max()) <= 1
    arrays: dict[str, Any] = {"x": np.packbits(features, axis=1), "n_features": features.shape[1]}
    if not binary:
        arrays = {"x": features}
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.parent.stat().st_mode & 0o222:  # the superuser could write there all the same
        raise PermissionError(f"{file.parent} is marked read-only")
    partial = file.with_name(f".{file.stem}-{secrets.token_hex(8)}")
    try:
        with partial.open("xb") as handle:
            np.savez_compressed(handle, y=labels, **arrays)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
