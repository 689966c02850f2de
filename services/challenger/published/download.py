"""Fetches a published file, in as many goes as it takes, and takes it only if it is the one that is meant."""

import fcntl
import gzip
import hashlib
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from services.challenger.cache import require_writable
from services.challenger.errors import DatasetUnavailable
from services.challenger.published.progress import progress

TIMEOUT_S = 30.0
NOTHING_AFTER_THAT = 416

_fetching: dict[Path, threading.Lock] = {}  # data sets may share a file, and are made by several threads


@dataclass(frozen=True)
class Published:
    """A file as its publishers put it out.

    digest: `git:` and its blob id, `sha256:` or `md5:` and that. Of what is inside when `zipped`: mirrors
    compress anew. most_bytes: no more are read of whatever is at the URL.
    """

    url: str
    most_bytes: int
    digest: str
    zipped: bool = False

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    def is_in(self, file: Path) -> bool:
        algorithm, _, meant = self.digest.partition(":")
        if algorithm == "git":
            begun = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
        else:
            begun = hashlib.new(algorithm, usedforsecurity=False)
        try:
            with gzip.open(file) if self.zipped else file.open("rb") as content:
                return hashlib.file_digest(content, lambda: begun).hexdigest() == meant
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return False


def fetch(wanted: Published, folder: Path) -> Path:
    """The file in `folder`, put there by hand, or now from its URL.

    Raises DatasetUnavailable, saying where the file can be put by hand.
    """
    place = folder / wanted.name
    try:
        with _fetching.setdefault(place, threading.Lock()):
            if not place.is_file():
                download(wanted, place)
            elif not wanted.is_in(place):
                raise DatasetUnavailable(
                    f"{place} is not the published file ({wanted.digest}); get that one from {wanted.url}."
                )
    except OSError as error:
        raise DatasetUnavailable(
            f"{wanted.name} cannot be read from or kept in {folder} ({error.strerror or error}); "
            f"put it there from {wanted.url}, or name another folder in CHALLENGER_DATASETS."
        ) from error
    return place


def download(wanted: Published, place: Path) -> None:
    """Whole and right, or what has come stays beside it, to go on from."""
    require_writable(place.parent)
    partial = place.with_name(f".{place.name}.part")
    with alone(partial):
        if place.is_file():  # another process was first
            return
        for _ in range(2):  # what came in parts may be of two files: once more, from the start
            at_once = receive(wanted, partial)
            if wanted.is_in(partial):
                partial.replace(place)
                return
            os.truncate(partial, 0)  # and not removed, or another process would lock a new one
            if at_once:
                break
        raise DatasetUnavailable(
            f"What {wanted.url} gives is not the published file ({wanted.digest}); "
            f"put that file into {place.parent} as {place.name}."
        )


@contextmanager
def alone(partial: Path) -> Iterator[None]:
    """One process at a time goes on with a partial file; an empty one is not left behind."""
    while True:
        with partial.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_named(file, partial):
                try:
                    yield
                finally:
                    if not size(partial):
                        partial.unlink(missing_ok=True)
                return


def is_named(file: IO[bytes], name: Path) -> bool:
    """Not any more when another process has moved or removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), name.stat())
    except FileNotFoundError:
        return False


def receive(wanted: Published, partial: Path) -> bool:
    """Read to the end, connecting anew for as long as every connection brings the file further.

    Whether all of it came by one connection.
    """
    at_first = size(partial)
    while True:
        had = size(partial)
        try:
            read_on(wanted, partial)
            return had == at_first == 0
        except httpx.HTTPError as error:
            if size(partial) <= had:
                raise unavailable(wanted, partial, error) from error


def read_on(wanted: Published, partial: Path) -> None:
    """One connection: from the end of the partial file if the server can, else from the beginning."""
    with partial.open("ab") as file:
        headers = {"Accept-Encoding": "identity"}
        if had := file.tell():
            headers["Range"] = f"bytes={had}-"
        with httpx.stream(
            "GET", wanted.url, headers=headers, follow_redirects=True, timeout=TIMEOUT_S
        ) as answer:
            if answer.status_code == NOTHING_AFTER_THAT:
                return
            answer.raise_for_status()
            if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                had = file.seek(0)
                file.truncate()
            to_come = answer.headers.get("Content-Length")
            whole = None if to_come is None else had + int(to_come)
            with progress(wanted.name, had, whole) as advance:
                for chunk in answer.iter_raw():
                    file.write(chunk)
                    advance(len(chunk))
                    if file.tell() > wanted.most_bytes:
                        return  # another file: its digest will say so


def unavailable(wanted: Published, partial: Path, error: httpx.HTTPError) -> DatasetUnavailable:
    reason = str(error).partition("\n")[0] or type(error).__name__
    kept = f"try again, to go on after {size(partial):,} bytes, or " if size(partial) else ""
    return DatasetUnavailable(
        f"{wanted.url} cannot be fetched ({reason}); {kept}put {wanted.name} into {partial.parent}, "
        "or name the folder that has it in CHALLENGER_DATASETS."
    )


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
