"""Arrays and a JSON document in one .npz: nothing is allocated before its size, shape and kind are known."""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from attacker.client.npy import encode
from attacker.errors import ConfigurationError
from attacker.shapes import Shape

MOST_BYTES = 4 * 2**30  # of all arrays that are read, uncompressed
MOST_DOCUMENT_BYTES = 2**20
FAST = 1  # of zlib's nine levels
SAMPLE_BYTES = 2**16
OWNERS = 0o600 << 16  # the permissions a member is unpacked with
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
UNREADABLE = (*BROKEN, SyntaxError, TypeError, KeyError, RecursionError, MemoryError)  # what headers can be

Array = NDArray[Any]


def write(path: Path, document_name: str, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """The same content gives the same bytes; the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    members = {document_name: json.dumps(document, indent=1, allow_nan=False).encode()}
    members |= {f"{name}.npy": encode(array) for name, array in arrays.items()}
    with zipfile.ZipFile(partial, "w") as opened:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = OWNERS
            opened.writestr(member, content, method(content), FAST)
    partial.replace(path)


def method(content: bytes) -> int:
    """Deflate where it saves a tenth of the beginning; confidence vectors are as good as noise."""
    sample = content[:SAMPLE_BYTES]
    shrinks = len(zlib.compress(sample, FAST)) < 0.9 * len(sample)
    return zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED


@dataclass(frozen=True)
class Header:
    """What a member says it holds, and it is as long as that takes."""

    shape: Shape
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        count = self.dtype.itemsize
        for length in self.shape:
            count *= length
        return count


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
            version = npy.read_magic(member)
            if version not in ((1, 0), (2, 0)):
                raise self.refused(f"{name} is NPY of version {version}; write it with numpy.save")
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(member)
            header, begins = Header(shape, dtype), member.tell()
        if dtype.kind not in "biuf" or any(length < 0 for length in shape):
            raise self.refused(f"{name} holds no numbers but {str(dtype)[:50]}; save a table of numbers")
        if begins + header.bytes != self._zip.getinfo(name).file_size:
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
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
            raise self.refused(f"{array} has NaN or infinity; leave those records out")
        return np.ascontiguousarray(numbers)

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        """A member opened, and whatever breaks while it is read, told."""
        if name not in self._zip.namelist():
            raise self.refused(f"it has no {name}; see attacker/transcript_file.py for what is in one")
        info = self._zip.getinfo(name)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refused(f"{name} is encrypted, or compressed by another method than deflate")
        try:
            with self._zip.open(info) as member:
                yield member
        except UNREADABLE as error:
            raise self.refused(f"{name} is damaged ({str(error)[:100]}); write the file anew") from error


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")
