"""Fetches a published archive once, and takes it only if it is, byte for byte, the one that is meant."""

import io
import tarfile
from hashlib import sha1
from pathlib import Path

import httpx

from services.challenger.errors import DatasetUnavailable

TIMEOUT_S = 30.0


def fetch(url: str, blob: str, size: int, folder: Path) -> bytes:
    """The file at `url`, or a copy that was put into `folder`; `blob` is its git object id.

    Raises DatasetUnavailable, saying where the file can be put by hand.
    """
    place = folder / url.rpartition("/")[2]
    content = place.read_bytes() if place.is_file() else download(url, size, place)
    if blob_id(content) != blob:
        raise DatasetUnavailable(
            f"{place.name} is not the published file (git blob {blob}); "
            f"get it from {url} into {place.parent}."
        )
    return content


def download(url: str, size: int, place: Path) -> bytes:
    """At most `size` bytes from `url`, redirections followed."""
    received = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT_S) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                received += chunk
                if len(received) > size:
                    break  # another file: its blob id will say so
    except httpx.HTTPError as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetUnavailable(
            f"{url} cannot be fetched ({reason}); put {place.name} into {place.parent}, "
            "or name the folder that has it in CHALLENGER_DATASETS."
        ) from error
    return bytes(received)


def blob_id(content: bytes) -> str:
    """The id that git gives a file with this content."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def only_member(archive: bytes, name: str) -> bytes:
    """The content of one file inside a .tgz; raises DatasetUnavailable when it is not there."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            member = tar.extractfile(name)
            if member is None:
                raise KeyError(name)
            return member.read()
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise DatasetUnavailable(f"The archive holds no file {name!r}; get it anew.") from error
