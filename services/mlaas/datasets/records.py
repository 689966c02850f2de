"""Uploaded records in storage: `features.npy` (N, D) and `labels.npy` (N,) int32, read by memory map.

Uploads are read in blocks, so that memory stays flat whatever their size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from services import npy_files
from services.mlaas.errors import Damaged
from services.mlaas.storage import Storage
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
    rows, codes, stored = 0, dict[str, int](), None
    with (folder / "labels.i4").open("wb") as coded:
        for block in blocks:
            labels = [codes.setdefault(name, len(codes)) for name in block.names]
            if len(codes) > most_classes:
                raise BadData(f"More than {most_classes} classes: is the label in column 0?")
            coded.write(np.array(labels, "i4").data)
            stored = stored or Growing(folder / "features.npy", block.features.shape[1])
            stored.append(block.features)
            rows += len(labels)
    if stored is None:
        raise BadData("There are no records in the body; send a record a line.")
    stored.finish()
    classes = in_order(codes)
    order = np.array([classes.index(name) for name in codes], "i4")
    relabel(folder / "labels.i4", folder / "labels.npy", rows, order)
    (folder / "labels.i4").unlink()
    return Description(rows, stored.columns, classes)


class Growing:
    """An NPY file of features that grows, in the narrowest type that holds what is in it; `finish` it."""

    def __init__(self, path: Path, columns: int, dtype: np.dtype[Any] = STORED_DTYPES[0]) -> None:
        self.path, self.columns, self.dtype, self.rows = path, columns, dtype, 0
        self.header()

    def header(self) -> None:
        """NumPy leaves room in it for any number of rows, so that it can be written anew in its place."""
        described = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.rows, self.columns)}
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            npy.write_array_header_1_0(file, described)

    finish = header

    def append(self, features: NDArray[Any]) -> None:
        """Records (n, columns); the file is written again where they need a wider type than all before."""
        if (needed := np.promote_types(self.dtype, narrowest_dtype(features))) != self.dtype:
            self.widen(needed)
        with self.path.open("ab") as file:
            file.write(np.ascontiguousarray(features, self.dtype).data)
        self.rows += len(features)

    def widen(self, dtype: np.dtype[Any]) -> None:
        self.header()
        narrow = self.path.rename(self.path.with_suffix(".narrow"))
        wide = Growing(self.path, self.columns, dtype)
        if self.rows:
            before = npy_files.load(narrow, "r")
            for block in row_blocks(self.rows, self.columns * 8):
                wide.append(before[block])
        narrow.unlink()
        self.dtype = dtype


def narrowest_dtype(features: NDArray[Any]) -> np.dtype[Any]:
    """The first of STORED_DTYPES that holds these values exactly."""
    with np.errstate(invalid="ignore", over="ignore"):
        return next(
            dtype
            for dtype in STORED_DTYPES
            if np.can_cast(features.dtype, dtype) or (features.astype(dtype) == features).all()
        )


def relabel(source: Path, target: Path, rows: int, order: NDArray[np.int32]) -> None:
    """From the order in which classes arrived to the order of the description.

    Nothing is written through a map: on a full disk that would end the process, without an error to catch.
    """
    arrived = np.memmap(source, "i4", "r", shape=(rows,))
    with target.open("wb") as stored:
        npy.write_array_header_1_0(stored, {"descr": "<i4", "fortran_order": False, "shape": (rows,)})
        for block in row_blocks(rows, 4):
            stored.write(order[arrived[block]].data)


def row_blocks(rows: int, row_bytes: int) -> Iterator[slice]:
    step = max(1, BLOCK_BYTES // row_bytes)
    return (slice(start, min(rows, start + step)) for start in range(0, rows, step))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Numerically when all names are integers, else alphabetically: the order never depends on the rows."""
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(sorted(names))


def name_of(dataset_id: str) -> str:
    """Of the folder in storage."""
    return f"datasets/{dataset_id}"


def read_records(storage: Storage, dataset_id: str) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Features (N, D) and labels (N,), mapped and not read.

    Raises Damaged, and FileNotFoundError once the dataset is deleted.
    """
    return mapped(storage, f"{name_of(dataset_id)}/features.npy"), read_labels(storage, dataset_id)


def read_labels(storage: Storage, dataset_id: str) -> NDArray[np.int32]:
    labels: NDArray[np.int32] = mapped(storage, f"{name_of(dataset_id)}/labels.npy")
    return labels


def mapped(storage: Storage, name: str) -> NDArray[Any]:
    """An array as long as its header says."""
    file = storage.file(name)
    try:
        array: np.memmap[Any, Any] = npy_files.load(file, "r")
        if array.offset + array.nbytes != file.stat().st_size:
            raise EOFError
    except (ValueError, EOFError) as error:
        raise Damaged("The stored records are damaged; delete the dataset and upload it again.") from error
    return array
