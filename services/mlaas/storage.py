"""Where uploads and weights lie: a folder of this machine, a folder shared by several, or an object store.

What is stored has a name, such as `artifacts/5f0c` or `datasets/d-1/labels.npy`, is whole, and never changes.
"""

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from services.mistake import Mistake


class UnknownStorage(Mistake):
    """The URL names no storage that can be used here."""


class Storage(ABC):
    """Given to processes on other machines, too: they must reach the place by the same path or URL."""

    @property
    @abstractmethod
    def scratch(self) -> Path:
        """A folder of this machine for what is to be `put`."""

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """One file, safe from a crash once this returns."""

    @abstractmethod
    def put(self, name: str, folder: Path) -> None:
        """The files of a folder in `scratch`, which is gone afterwards."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError, as `size` and `file` do."""

    @abstractmethod
    def size(self, name: str) -> int: ...

    @abstractmethod
    def file(self, name: str) -> Path:
        """A file of this machine with that content, to be mapped into memory."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """A file, or a folder and its files, or what there is of them."""

    @abstractmethod
    def names(self, kind: str) -> set[str]:
        """All that lies under `kind`, such as `artifacts`, with what was written in part."""

    @abstractmethod
    def written_at(self, name: str) -> float:
        """When the last of it was written, in seconds since 1970; raises FileNotFoundError."""


def storage_at(url: str | None, data: Path) -> Storage:
    """That of a URL, or the folder `data`, which also has the copies of what lies elsewhere."""
    if url is None:
        return Folder(data)
    parts = urlsplit(url)
    if parts.scheme in ("", "file", "local"):
        folder = Path(unquote(parts.path))
        if parts.netloc or not folder.is_absolute():
            raise UnknownStorage(f"{url!r} is no folder; write it as file:///path/of/the/folder")
        return Folder(folder)
    try:
        return ObjectStore(url.rstrip("/"), data / "copies").reached()
    except (ValueError, ImportError) as error:
        raise UnknownStorage(
            f"{parts.scheme}:// cannot be used: {error}; `pip install penumbra[scale]`, and what it needs"
        ) from error


@dataclass(frozen=True)
class Folder(Storage):
    root: Path

    @property
    def scratch(self) -> Path:
        return made(self.root / "uploads")

    def write(self, name: str, content: bytes) -> None:
        """Under a temporary name first: a crash leaves no file, never a part of one."""
        path = self.root / name
        made(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        on_disk(path.parent)

    def put(self, name: str, folder: Path) -> None:
        made((self.root / name).parent)
        for file in folder.iterdir():
            on_disk(file)
        folder.replace(self.root / name)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def size(self, name: str) -> int:
        return (self.root / name).stat().st_size

    def file(self, name: str) -> Path:
        return self.root / name

    def delete(self, name: str) -> None:
        if (path := self.root / name).is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def names(self, kind: str) -> set[str]:
        folder = self.root / kind
        return {f"{kind}/{path.name}" for path in folder.iterdir()} if folder.exists() else set()

    def written_at(self, name: str) -> float:
        return (self.root / name).stat().st_mtime


@dataclass(frozen=True)
class ObjectStore(Storage):
    """Any file system that fsspec knows, which puts an object whole; `copies` is a folder of this machine.

    The copies may be deleted at any time: what is gone is fetched again.
    """

    url: str
    copies: Path

    def reached(self) -> "ObjectStore":
        """Raises ValueError and ImportError where fsspec, or what it needs for the URL, is not there."""
        self.at("")
        return self

    def at(self, name: str) -> tuple[Any, str]:
        """The file system and the path in it. fsspec keeps one connection for all of a process."""
        import fsspec

        system, root = fsspec.url_to_fs(self.url, use_listings_cache=False)
        return system, f"{root}/{name}"

    @property
    def scratch(self) -> Path:
        return made(self.copies / "uploads")

    def write(self, name: str, content: bytes) -> None:
        system, path = self.at(name)
        system.pipe_file(path, content)

    def put(self, name: str, folder: Path) -> None:
        for file in folder.iterdir():
            system, path = self.at(f"{name}/{file.name}")
            system.put_file(str(file), path)
        shutil.rmtree(folder)

    def read(self, name: str) -> bytes:
        system, path = self.at(name)
        content: bytes = system.cat_file(path)
        return content

    def size(self, name: str) -> int:
        system, path = self.at(name)
        return int(system.info(path)["size"])

    def file(self, name: str) -> Path:
        """Fetched once, unless it was deleted meanwhile: then the copy goes, too."""
        copy = self.copies / name
        try:
            self.size(name)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)
            raise
        if not copy.exists():
            system, path = self.at(name)
            with temporary(made(copy.parent)) as partial:
                system.get_file(path, str(partial / copy.name))
                (partial / copy.name).replace(copy)
        return copy

    def delete(self, name: str) -> None:
        system, path = self.at(name)
        with suppress(FileNotFoundError):
            system.rm(path, recursive=True)
        Folder(self.copies).delete(name)

    def names(self, kind: str) -> set[str]:
        system, path = self.at(kind)
        return {f"{kind}/{found[len(path) :].split('/')[1]}" for found in system.find(path)}

    def written_at(self, name: str) -> float:
        system, path = self.at(name)
        moments: list[float] = [system.modified(file).timestamp() for file in system.find(path)]
        if not moments:
            raise FileNotFoundError(name)
        return max(moments)


@contextmanager
def temporary(parent: Path) -> Iterator[Path]:
    """A new folder, gone after the block where that is allowed: tempfile's own never ends where it is not."""
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def on_disk(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, would survive a crash."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
