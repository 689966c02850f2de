"""The files inside a published .tgz or .gz, read from the disk without unpacking it there."""

import gzip
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any


def read_members(archive: Path, readers: Mapping[str, Callable[[IO[bytes]], Any]]) -> list[Any]:
    """What each reader makes of the file of its name in a .tgz, in the readers' order; one pass.

    Raises ValueError when a file is missing, TarError or EOFError when the archive is damaged.
    """
    made = {}
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name in readers and (content := tar.extractfile(member)) is not None:
                made[name] = readers[name](content)
    if missing := readers.keys() - made.keys():
        raise ValueError(f"no file {min(missing)} in {archive.name}")
    return [made[name] for name in readers]


def unzipped(file: Path) -> bytes:
    with gzip.open(file) as content:
        return content.read()
