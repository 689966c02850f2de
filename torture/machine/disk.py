"""Disks that are full, or fail: a trial's own where it may mount them, else by a limit on sizes of files."""

import os
import resource
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from numpy.random import Generator

REFILLED_S = 0.005
CHUNK = bytes(2**20)
IMAGE_BYTES = 64 * 2**20


class Disk(ABC):
    """`folder` lies on it. `way` is how it is made to have no room."""

    way: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def full(self, group: int, random: Generator) -> Iterator[None]:
        """No room in this block for the processes of a group, however often somebody makes some."""
        over = threading.Event()
        filling = threading.Thread(target=self.fill_until, args=(over, group, random))
        filling.start()
        try:
            yield
        finally:
            over.set()
            filling.join()
            self.empty(group)

    def fill_until(self, over: threading.Event, group: int, random: Generator) -> None:
        while not over.is_set():
            self.fill(group, random)
            over.wait(REFILLED_S)

    @abstractmethod
    def fill(self, group: int, random: Generator) -> None: ...

    @abstractmethod
    def empty(self, group: int) -> None: ...


class Mounted(Disk):
    way = "tmpfs"

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, group: int, random: Generator) -> None:
        with self.filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(CHUNK)

    def empty(self, group: int) -> None:
        self.filler.unlink(missing_ok=True)


class Limited(Disk):
    """Another real way: no file of these processes can be written beyond some thousand bytes."""

    way = "RLIMIT_FSIZE"

    def fill(self, group: int, random: Generator) -> None:
        self.limit(group, int(random.integers(1, 2**15)))

    def empty(self, group: int) -> None:
        self.limit(group, resource.RLIM_INFINITY)

    def limit(self, group: int, most_bytes: int) -> None:
        for process in processes_of(group):
            with suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


def processes_of(group: int) -> list[int]:
    """The ids of the processes of a group."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(ProcessLookupError, ValueError):
            if os.getpgid(process := int(folder.name)) == group:
                found.append(process)
    return found


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    folder.mkdir()
    if not succeeds("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)):
        yield Limited(folder)
        return
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def failing_disk(folder: Path) -> Iterator[Callable[[], object] | None]:
    """A file system in a file, mounted at `folder`, and what makes it fail: as when a disk reports an error.

    From then on it is read-only, open files and all. None where it is not allowed to have one.
    """
    image = folder.with_suffix(".image")
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    mounted = succeeds("mkfs.ext4", "-q", "-F", str(image)) and succeeds(
        "mount", "-o", "loop,errors=remount-ro", str(image), str(folder)
    )
    try:
        trigger = error_of(folder) if mounted else None
        yield None if trigger is None else partial(trigger.write_text, "1")
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def error_of(folder: Path) -> Path | None:
    """What is written to, so that the file system there fails."""
    found = subprocess.run(
        ["findmnt", "-no", "SOURCE", str(folder)], capture_output=True, text=True, check=True
    )
    trigger = Path("/sys/fs/ext4") / Path(found.stdout.strip()).name / "trigger_fs_error"
    return trigger if os.access(trigger, os.W_OK) else None


def succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
