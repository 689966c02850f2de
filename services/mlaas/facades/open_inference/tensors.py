"""A request's one tensor: in the document, nested or flat, or as the bytes after it."""

import struct
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.predictions.native import MOST_OTHER_PARTS, table_of
from services.web.bodies import NPY_DTYPES, check_finite, check_shape
from services.web.body_limit import parts
from services.web.problem import BadData

TYPES: Mapping[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
}
DATATYPE = "FP64"  # as the metadata say, and of a body that is nothing but a tensor
Document = Mapping[str, Any]
Bytes = bytes | memoryview


def document_of(head: bytes, most: int) -> dict[str, Any]:
    """Raises BadData."""
    if parts(head) > most + MOST_OTHER_PARTS:
        raise BadData(f"Send at most {most} records at once, and little beside their numbers.")
    try:
        document = orjson.loads(head)
    except ValueError as error:
        raise BadData("The request is no JSON.") from error
    if not isinstance(document, dict):
        raise BadData("The request is a JSON object with `inputs`.")
    return document


def tensor_of(document: Document) -> Document:
    """The one that a request has; raises BadData."""
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise BadData("`inputs` has one tensor, the records.")
    tensor: Document = inputs[0]
    return tensor


def records_of(tensor: Document, raw: Bytes, features: int, most: int) -> NDArray[Any]:
    """Records (N, D), N at most `most`; raises BadData."""
    shape, datatype = shape_of(tensor, features, most), str(tensor.get("datatype"))
    if datatype not in TYPES:
        raise BadData(f"`datatype` is one of {', '.join(TYPES)}.")
    size = parameters_of(tensor).get("binary_data_size")
    if size is None and not raw:
        return check_finite(from_json(tensor.get("data"), shape, most))
    if size != len(raw):
        raise BadData("`binary_data_size` is not the number of bytes after the document.")
    return from_bytes(raw, TYPES[datatype], shape)


def shape_of(tensor: Document, features: int, most: int) -> tuple[int, int]:
    shape = tensor.get("shape")
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(side) is int for side in shape):
        raise BadData("`shape` is the number of records, and of their features.")
    if shape[0] < 1:
        raise BadData("Send one record at least.")
    check_shape((shape[0], shape[1]), rows=most, columns=features)
    return shape[0], shape[1]


def parameters_of(document: Document) -> Document:
    """Empty where there are none; raises BadData."""
    parameters = document.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BadData("`parameters` is an object.")
    return parameters


def from_json(data: object, shape: tuple[int, int], most: int) -> NDArray[np.float64]:
    """Row by row, or all in one list, as the protocol allows both."""
    try:
        if isinstance(data, list) and data and isinstance(data[0], list):
            table = table_of(data, shape[1], most)
        elif isinstance(data, list):
            table = np.frombuffer(struct.pack(f"{len(data)}d", *data)).reshape(shape)
        else:
            raise TypeError
    except (struct.error, ValueError, TypeError, OverflowError) as error:
        raise BadData("`data` is a list of numbers, as many as `shape` says.") from error
    if table.shape != shape:
        raise BadData("`data` has not as many records as `shape` says.")
    return table


def from_bytes(raw: Bytes, dtype: np.dtype[Any], shape: tuple[int, int]) -> NDArray[Any]:
    if prod(shape) * dtype.itemsize != len(raw):
        raise BadData("The tensor has not as many bytes as its `shape` and `datatype` say.")
    table = np.frombuffer(raw, dtype).reshape(shape)
    if dtype == np.dtype("?"):
        table = np.not_equal(np.frombuffer(raw, np.uint8), 0).reshape(shape)  # whatever a client calls true
    return check_finite(table if dtype in NPY_DTYPES else table.astype(np.float64))


def alone(raw: bytes, features: int, most: int) -> NDArray[Any]:
    """A body that is nothing but a tensor: its shape is the model's."""
    dtype = TYPES[DATATYPE]
    if not raw or len(raw) % (features * dtype.itemsize):
        raise BadData(f"A record here has {features} features, each {dtype.itemsize} bytes ({DATATYPE}).")
    shape = len(raw) // (features * dtype.itemsize), features
    check_shape(shape, rows=most, columns=features)
    return from_bytes(raw, dtype, shape)
