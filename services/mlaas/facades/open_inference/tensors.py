"""Tensors of the protocol's datatypes, in JSON or as bytes, read as records."""

import struct
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.mlaas.predictions.native import table_of
from services.web.bodies import check_finite
from services.web.problem import BadData


class Datatype(NamedTuple):
    """How numbers are `sent` as bytes, and `kept`: as a query in NPY has them, and at most twice as wide."""

    sent: np.dtype[Any]
    kept: np.dtype[Any]


def datatype(sent: str, kept: str) -> Datatype:
    return Datatype(np.dtype(sent), np.dtype(kept))


DATATYPES = {
    "BOOL": datatype("u1", "?"),
    "UINT8": datatype("u1", "u1"),
    "UINT16": datatype("<u2", "<i4"),
    "UINT32": datatype("<u4", "<f8"),
    "UINT64": datatype("<u8", "<f8"),
    "INT8": datatype("i1", "i1"),
    "INT16": datatype("<i2", "<i2"),
    "INT32": datatype("<i4", "<i4"),
    "INT64": datatype("<i8", "<f8"),
    "FP16": datatype("<f2", "<f4"),
    "FP32": datatype("<f4", "<f4"),
    "FP64": datatype("<f8", "<f8"),
}


def named(name: str) -> Datatype:
    """Raises BadData."""
    if name not in DATATYPES:
        raise BadData(f"A datatype here is one of {', '.join(DATATYPES)}.")
    return DATATYPES[name]


def from_bytes(body: bytes, start: int, datatype: str, shape: Sequence[int]) -> NDArray[Any]:
    """Records (N, D) from the bytes that follow `start`, all of them; raises BadData."""
    sent, kept = named(datatype)
    if len(body) == start or len(body) - start != shape[0] * shape[1] * sent.itemsize:
        raise BadData("The binary tensor is not as long as its shape and datatype say.")
    table = np.frombuffer(body, sent, offset=start).reshape(shape)
    return check_finite(np.require(table, kept, "A"))  # JSON ends anywhere, numbers begin at their width


def from_json(data: Any, datatype: str, shape: Sequence[int]) -> NDArray[Any]:
    """Records (N, D) from lists, flat or nested; raises BadData."""
    sent, kept = named(datatype)
    if datatype == "FP16":
        raise BadData("FP16 is taken in binary alone; send FP32.")
    numbers = check_finite(doubles(data, shape))
    if sent.kind != "f":
        return check_whole(numbers, datatype)
    with np.errstate(over="ignore"):  # what is too large for FP32 becomes infinite
        return check_finite(numbers.astype(kept, copy=False))


def doubles(data: Any, shape: Sequence[int]) -> NDArray[np.float64]:
    """(N, D); raises BadData."""
    rows, columns = shape
    try:
        nested = isinstance(data[0], list)
        if len(data) != (rows if nested else rows * columns):
            raise ValueError
        return table_of(data, columns, rows) if nested else np.frombuffer(array("d", data)).reshape(shape)
    except (struct.error, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadData(
            "A tensor's `data` is a list of numbers, flat or a list a record, as many as its shape says; "
            "in binary it has `binary_data_size` for it."
        ) from error


def check_whole(numbers: NDArray[np.float64], datatype: str) -> NDArray[np.float64]:
    """Numbers of an integer datatype, or 0 and 1; raises BadData."""
    limits = np.iinfo(DATATYPES[datatype].sent)
    least, most = (0, 1) if datatype == "BOOL" else (limits.min, limits.max)
    if numbers.min() < least or numbers.max() > most or (numbers != np.rint(numbers)).any():
        raise BadData(f"A number is none of {datatype}; send FP64.")
    return numbers
