"""Uploaded records as files: `features.npy` (N, D) and `labels.npy` (N,) int32, read by memory map.

Uploads are read in blocks, so that memory stays flat whatever their size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from services.web.problem import BadData

BLOCK_BYTES = 2**24
# The narrowest first: features are stored in the first type that holds every value exactly.
STORED_DTYPES = tuple(np.dtype(code) for code in ("u1", "i2", "i4", "f4", "f8"))


@dataclass(frozen=True)
class Description:
    rows: int
    features: int
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """Some records in order: the names of their classes (n,), and their features (n, D)."""

    names: list[str]
    features: NDArray[Any]


def write_records(blocks: Iterable[Block], folder: Path, *, most_classes: int) -> Description:
    """Store records that arrive in blocks; class k of `labels.npy` is `classes[k]` of the description.

    Raises BadData for no records and for too many classes.
    """
    rows, width, codes, stored = 0, 0, dict[str, int](), STORED_DTYPES[0]
    with (folder / "features.f8").open("wb") as wide, (folder / "labels.i4").open("wb") as coded:
        for block in blocks:
            labels = [codes.setdefault(name, len(codes)) for name in block.names]
            if len(codes) > most_classes:
                raise BadData(f"More than {most_classes} classes: is the label in column 0?")
            coded.write(np.array(labels, "i4").tobytes())
            wide.write(block.features.astype("f8").tobytes())
            stored = np.promote_types(stored, narrowest_dtype(block.features))
            rows, width = rows + len(labels), block.features.shape[1]
    if not rows:
        raise BadData("There are no records in the body; send a record a line.")
    classes = in_order(codes)
    order = np.array([classes.index(name) for name in codes], "i4")
    relabel(folder / "labels.i4", folder / "labels.npy", rows, order)
    narrow(folder / "features.f8", folder / "features.npy", (rows, width), stored)
    (folder / "features.f8").unlink()
    (folder / "labels.i4").unlink()
    return Description(rows, width, classes)


def narrowest_dtype(features: NDArray[Any]) -> np.dtype[Any]:
    """The first of STORED_DTYPES that holds these values exactly."""
    with np.errstate(invalid="ignore", over="ignore"):
        return next(dtype for dtype in STORED_DTYPES if (features.astype(dtype) == features).all())


def relabel(source: Path, target: Path, rows: int, order: NDArray[np.int32]) -> None:
    """From the order in which classes arrived to the order of the description."""
    arrived = np.memmap(source, "i4", "r", shape=(rows,))
    stored = open_memmap(target, "w+", "i4", (rows,))
    for block in row_blocks(rows, 4):
        stored[block] = order[arrived[block]]
    stored.flush()


def narrow(source: Path, target: Path, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
    wide = np.memmap(source, "f8", "r", shape=shape)
    stored = open_memmap(target, "w+", dtype, shape)
    for rows in row_blocks(shape[0], shape[1] * 8):
        stored[rows] = wide[rows]
    stored.flush()


def row_blocks(rows: int, row_bytes: int) -> Iterator[slice]:
    step = max(1, BLOCK_BYTES // row_bytes)
    return (slice(start, min(rows, start + step)) for start in range(0, rows, step))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Numerically when all names are integers, else alphabetically: the order never depends on the rows."""
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(sorted(names))


def read_records(folder: Path) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Features (N, D) and labels (N,), mapped and not read."""
    return np.load(folder / "features.npy", "r"), np.load(folder / "labels.npy", "r")
