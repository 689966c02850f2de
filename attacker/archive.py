"""Arrays and a JSON document in one .npz: nothing is allocated before its size, shape and kind are known."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from attacker.client.npy import encode
from attacker.errors import ConfigurationError
from attacker.kept_answers import KeptAnswers
from attacker.npy_header import read_header
from attacker.shapes import Shape

MOST_BYTES = 4 * 2**30  # of all arrays that are read, uncompressed
MOST_DOCUMENT_BYTES = 2**20
FAST = 1  # of zlib's nine levels
SAMPLE_BYTES = 2**16
LARGE = 2**30  # bytes from which on a member's size is told in 64 bits
LARGEST = float(np.finfo(np.float32).max)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
UNREADABLE = (*BROKEN, SyntaxError, TypeError, KeyError, RecursionError, MemoryError)  # what headers can be

Array = NDArray[Any]


def write(
    path: Path, document_name: str, document: Mapping[str, Any], arrays: Mapping[str, Array | KeptAnswers]
) -> None:
    """The same content gives the same bytes; the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with zipfile.ZipFile(partial, "w", compresslevel=FAST) as opened:
        add(opened, document_name, iter([json.dumps(document, indent=1, allow_nan=False).encode()]))
        for name, array in arrays.items():
            add(opened, f"{name}.npy", pieces(array), large=prod(array.shape) * array.dtype.itemsize > LARGE)
    partial.replace(path)


def add(opened: zipfile.ZipFile, name: str, pieces: Iterator[bytes], *, large: bool = False) -> None:
    """A member, written piece by piece; a `large` one may need the longer fields of ZIP64."""
    begin = b""
    while len(begin) < SAMPLE_BYTES and (piece := next(pieces, b"")):
        begin += piece
    opened.compression = method(begin)
    with opened.open(name, "w", force_zip64=large) as member:
        for piece in chain([begin], pieces):
            member.write(piece)


def pieces(array: Array | KeptAnswers) -> Iterator[bytes]:
    """An NPY file of the array; what is kept in a file is read one model after the other."""
    if isinstance(array, KeptAnswers):
        head = io.BytesIO()
        described = {"descr": npy.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
        npy.write_array_header_1_0(head, described)
        yield head.getvalue()
        yield from (answers.tobytes() for answers in array)
    else:
        yield encode(array)


def method(content: bytes) -> int:
    """Deflate where it saves a tenth of the beginning; confidence vectors are as good as noise."""
    sample = content[:SAMPLE_BYTES]
    shrinks = len(zlib.compress(sample, FAST)) < 0.9 * len(sample)
    return zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED


@dataclass(frozen=True)
class Header:
    """What a member says it holds, and it is as long as that takes; `begins` says where its numbers do."""

    shape: Shape
    dtype: np.dtype[Any]
    by_rows: bool
    begins: int

    @property
    def bytes(self) -> int:
        return self.dtype.itemsize * prod(self.shape)


class Archive:
    """An .npz opened for reading; members that nobody asks for are not looked at.

    All that is wrong with the file is a ConfigurationError that names it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            raise ConfigurationError(
                f"{path} is no .npz file ({error}); write it with `attacker export`, or numpy.savez."
            ) from error
        names = self._zip.namelist()
        if len(set(names)) < len(names):
            raise self.refused("it has two members of one name; write it anew")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def refused(self, why: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path} cannot be used: {why}.")

    def __contains__(self, array: str) -> bool:
        return f"{array}.npy" in self._zip.namelist()

    def document(self, name: str) -> dict[str, Any]:
        """The JSON object that the member of that name holds."""
        with self._member(name) as member:
            content = member.read(MOST_DOCUMENT_BYTES + 1)
        try:
            if len(content) > MOST_DOCUMENT_BYTES:
                raise ValueError
            document = json.loads(content, parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            raise self.refused(f"{name} is no JSON of at most {MOST_DOCUMENT_BYTES:,} bytes") from error
        if not isinstance(document, dict):
            raise self.refused(f"{name} is no JSON object")
        return document

    def header(self, array: str) -> Header:
        """Shape and dtype of an array of numbers, read from its first bytes."""
        name = f"{array}.npy"
        with self._member(name) as member:
            shape, by_columns, dtype = read_header(member)
            header = Header(shape, dtype, not by_columns, member.tell())
        if dtype.kind not in "biuf" or any(length < 0 for length in shape):
            raise self.refused(f"{name} holds no numbers but {str(dtype)[:50]}; save a table of numbers")
        if header.begins + header.bytes != self._info(array).file_size:
            raise self.refused(f"{name} is not as long as its shape {shape} takes; write the file anew")
        return header

    def check_size(self, headers: Mapping[str, Header]) -> None:
        """Refuses more than can be meant, while nothing of it is in memory."""
        total = sum(header.bytes for header in headers.values())
        if total > MOST_BYTES:
            raise self.refused(
                f"its arrays take {total:,} bytes, and at most {MOST_BYTES:,} are read; "
                "leave out targets or shadow models"
            )

    def read(self, array: str) -> Array:
        """An array whose header and size were checked; all of its numbers are finite."""
        with self._member(f"{array}.npy") as member:
            numbers: Array = npy.read_array(member, allow_pickle=False)
        self.check_finite(array, numbers)
        return np.ascontiguousarray(numbers)

    def check_finite(self, array: str, numbers: Array) -> None:
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
            raise self.refused(f"{array} has NaN or infinity; leave those records out")

    def check_answers(self, array: str, numbers: Array) -> None:
        """Refuses what no float32 holds: a probability is far from there."""
        if numbers.size and max(float(numbers.max()), -float(numbers.min())) > LARGEST:
            raise self.refused(f"{array} has numbers that are no probabilities")

    def lies_open(self, array: str) -> bool:
        """Whether the array's numbers lie in the file as they are, row after row."""
        return self.header(array).by_rows and self._info(array).compress_type == zipfile.ZIP_STORED

    def keep(self, array: str) -> KeptAnswers:
        """The answers (S, M, K) of an array whose header and size were checked, left where they are.

        They are read once, to see that they are whole and finite. What is compressed is unpacked to a file.
        """
        header = self.header(array)
        if not header.by_rows:
            numbers = self.read(array)
            self.check_answers(array, numbers)
            return KeptAnswers.spooled(numbers, header.shape)
        models = self._models(array, header)
        if not self.lies_open(array):
            return KeptAnswers.spooled(models, header.shape)
        for _ in models:
            pass
        return KeptAnswers.at(self.path, self._begins(array) + header.begins, header.shape, header.dtype)

    def _models(self, array: str, header: Header) -> Iterator[Array]:
        """One model's answers after the other, checked."""
        with self._member(f"{array}.npy") as member:
            member.read(header.begins)
            for _ in range(header.shape[0]):
                answers = np.empty(header.shape[1:], header.dtype)
                if answers.size and member.readinto(answers.data.cast("B")) != answers.nbytes:
                    raise EOFError("it ends early")
                self.check_finite(array, answers)
                self.check_answers(array, answers)
                yield answers
            member.read(1)  # at the end its checksum is compared

    def _info(self, array: str) -> zipfile.ZipInfo:
        return self._zip.getinfo(f"{array}.npy")

    def _begins(self, array: str) -> int:
        """The byte of the file at which a member's content begins, after the member's own header."""
        with self.path.open("rb") as file:
            file.seek(self._info(array).header_offset)
            name, extra = struct.unpack("<26xHH", file.read(30))
        return self._info(array).header_offset + 30 + int(name) + int(extra)

    @contextmanager
    def _member(self, name: str) -> Iterator[zipfile.ZipExtFile]:
        """A member opened, and whatever breaks while it is read, told."""
        if name not in self._zip.namelist():
            raise self.refused(f"it has no {name}; see attacker/transcript_file.py for what is in one")
        info = self._zip.getinfo(name)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refused(f"{name} is encrypted, or compressed by another method than deflate")
        try:
            with self._zip.open(info) as member:
                yield cast(zipfile.ZipExtFile, member)
        except UNREADABLE as error:
            raise self.refused(f"{name} is damaged ({str(error)[:100]}); write the file anew") from error


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")
