"""Tables of numbers as NPY bytes; what a server sends is checked before anything is allocated."""

import io
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from attacker.errors import UnexpectedAnswer
from attacker.npy_header import LONGEST, read_header

NPY = "application/x-npy"
HEADER_BYTES = LONGEST
EXACT_DTYPES = tuple(np.dtype(code) for code in ("u1", "i1", "<i2", "<i4", "<f4", "<f8"))
DTYPES = frozenset({np.dtype("?"), *EXACT_DTYPES})


def compact(records: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest dtype of the wire that holds each of them exactly."""
    if records.dtype in (np.dtype("?"), np.dtype("u1")):
        return records
    for dtype in EXACT_DTYPES[:-1]:
        if holds(dtype, records):
            return records.astype(dtype)
    return records.astype("<f8")


def holds(dtype: np.dtype[Any], records: NDArray[Any]) -> bool:
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return bool(np.array_equal(records.astype(dtype), records))
    bounds = np.iinfo(dtype)
    if records.size and (records.min() < bounds.min or records.max() > bounds.max):
        return False
    return bool(np.array_equal(records.astype(dtype), records))


def encode(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    npy.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def decode(body: bytes | bytearray, origin: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """A finite array, a view of `body`; None in `shape` leaves that side open.

    Raises UnexpectedAnswer, naming `origin`, for anything else: another format, pickled objects,
    a shape that was not asked for, a header that does not agree with the bytes, NaN or infinity.
    """
    found, dtype, offset = header(body, origin)
    if len(found) != len(shape) or min(found) < 0 or not matches(found, shape):
        raise UnexpectedAnswer(f"{origin} answered a table of shape {found} where {shape} was due.")
    if prod(found) * dtype.itemsize != len(body) - offset:
        raise UnexpectedAnswer(f"{origin} answered an NPY header that does not agree with its bytes.")
    table = np.frombuffer(body, dtype, offset=offset).reshape(found)
    if dtype.kind == "f" and not np.isfinite(table).all():
        raise UnexpectedAnswer(f"{origin} answered NaN or infinity.")
    return table


def matches(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return all(want in (None, have) for have, want in zip(found, shape, strict=True))


def header(body: bytes | bytearray, origin: str) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, dtype and where the numbers begin; raises UnexpectedAnswer."""
    file = io.BytesIO(body)
    try:
        shape, fortran_order, dtype = read_header(file)
    except Exception as error:  # whatever reading a header that somebody made up can end in
        raise UnexpectedAnswer(f"{origin} did not answer NPY; is the URL right?") from error
    if fortran_order or dtype not in DTYPES:
        kind = "Fortran order" if fortran_order else str(dtype)[:50]
        raise UnexpectedAnswer(f"{origin} answered an NPY of a kind that the wire does not carry ({kind}).")
    return shape, dtype, file.tell()
