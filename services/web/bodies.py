"""Raw bodies in and out: streamed under a limit, and NPY read without trusting its header."""

import io
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from services.web.body_limit import own_limit
from services.web.problem import BadData, BodyTooLarge, UnsupportedMediaType

NPY = "application/x-npy"
LONGEST_HEADER = 1_024  # bytes; NumPy's own have 118
NUMBER = r"-?\d{1,18}"
SHAPE = rf"\((?: ?{NUMBER} ?,)* ?(?:{NUMBER} ?)?\)"
TRUTH = {"True": True, "False": False}
MEMBER = re.compile(rf"'(descr|fortran_order|shape)' ?: ?('[^']{{1,3}}'|True|False|{SHAPE}) ?(?:, ?|$)")
NPY_DTYPES = tuple(np.dtype(code) for code in ("?", "u1", "i1", "<i2", "<i4", "<f4", "<f8"))


def media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def stream(request: Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body in chunks; raises as `chunks` does."""
    own_limit(request.scope, limit_bytes, kept=False)
    return chunks(request.headers, request.receive, limit_bytes)


async def chunks(headers: Mapping[str, str], receive: Receive, limit_bytes: int) -> AsyncIterator[bytes]:
    """Raises BodyTooLarge, UnsupportedMediaType for a compressed body, and ClientDisconnect."""
    if headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding.")
    if int(headers.get("content-length", 0)) > limit_bytes:
        raise too_large(limit_bytes)
    received, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        received += len(chunk)
        if received > limit_bytes:
            raise too_large(limit_bytes)
        yield chunk


async def receive(request: Request, limit_bytes: int) -> bytes:
    own_limit(request.scope, limit_bytes)
    return await received(request.headers, request.receive, limit_bytes)


async def received(
    headers: Mapping[str, str],
    receive: Receive,
    limit_bytes: int,
    take: Callable[[int], None] = lambda count: None,
) -> bytes:
    """The whole body; `take` is told of every part before it is kept, and may raise.

    Raises BadData when there is none, and as `chunks` does.
    """
    parts = []
    async for chunk in chunks(headers, receive, limit_bytes):
        take(len(chunk))
        parts.append(chunk)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    if not body:
        raise BadData("The body is empty; send the records in it.")
    return body


def too_large(limit_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"At most {limit_bytes} bytes are taken here; send smaller parts.", limit_bytes=limit_bytes
    )


def read_npy_header(file: io.BufferedIOBase, size: int) -> tuple[tuple[int, int], np.dtype[Any]]:
    """Shape and dtype of a 2-D NPY file of `size` bytes, before anything is allocated.

    Raises BadData for another format, pickled objects, other dtypes, Fortran order and a header
    that does not agree with the size. The file is left at the first record.
    """
    try:
        header = npy_header(file)
        dtype, fortran_order = np.dtype(header["descr"][1:-1]), TRUTH[header["fortran_order"]]
        shape = tuple(map(int, re.findall(NUMBER, header["shape"])))
    except Exception as error:  # whatever reading a header that somebody made up can end in
        raise BadData("The body is no NPY file; write it with numpy.save.") from error
    if dtype.hasobject or dtype not in NPY_DTYPES:
        raise BadData(
            "NPY records must be bool, uint8, int8, int16, int32, float32 or float64 (little endian)."
        )
    if len(shape) != 2 or fortran_order or min(shape) < 1:
        raise BadData("NPY records must be a non-empty 2-D array in C order; use numpy.ascontiguousarray.")
    if shape[0] * shape[1] * dtype.itemsize != size - file.tell():
        raise BadData("The NPY header does not agree with the number of bytes sent.")
    return (int(shape[0]), int(shape[1])), dtype


def npy_header(file: io.BufferedIOBase) -> dict[str, str]:
    """What the header says of `descr`, `fortran_order` and `shape`; raises ValueError for anything else.

    NumPy has it read by Python's parser, which in Python 3.11 fails now and then when two threads use it.
    """
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError
    length = int.from_bytes(file.read(2 * version[0]), "little")
    if length > LONGEST_HEADER:
        raise ValueError
    text = " ".join(file.read(length).decode("ascii").split())
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError
    inside = text[1:-1].strip()
    if MEMBER.sub("", inside):
        raise ValueError
    return dict(MEMBER.findall(inside))


def decode_npy(body: bytes, *, rows: int, columns: int) -> NDArray[Any]:
    """A 2-D array (N, columns) with N at most `rows`, a view of `body`; raises BadData."""
    file = io.BytesIO(body)
    shape, dtype = read_npy_header(file, len(body))
    check_shape(shape, rows=rows, columns=columns)
    return check_finite(np.frombuffer(body, dtype, offset=file.tell()).reshape(shape))


def check_shape(shape: tuple[int, ...], *, rows: int, columns: int) -> None:
    if shape[0] > rows:
        raise BadData(f"At most {rows} records are taken at once; {shape[0]} were sent.")
    if shape[1] != columns:
        raise WrongFeatureCount(
            f"A record here has {columns} columns; {shape[1]} were sent.", expected=columns
        )


class WrongFeatureCount(BadData):
    slug, title = "wrong-feature-count", "The number of columns is wrong"


class NotFinite(BadData):
    slug, title = "not-finite", "A value is not finite"


def check_finite(array: NDArray[Any]) -> NDArray[Any]:
    # What is not a number, or infinite, is its own greatest or least.
    if array.dtype.kind == "f" and not (np.isfinite(array.max()) and np.isfinite(array.min())):
        raise NotFinite("NaN and infinity are not taken; replace or leave out those records.")
    return array


def encode_npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    npy.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()
