"""The processes that this one has started: what they are told, what memory they hold (from /proc)."""

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KIB_A_MIB = 1024
BETWEEN_S = 0.02


@contextmanager
def told(**variables: str) -> Iterator[None]:
    """Environment variables for the processes that are started inside."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def descendants(pid: int) -> list[int]:
    """All processes that a process started, and those that these did."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            children[parent(int(folder.name))].append(int(folder.name))
    found, look = [], [pid]
    while look:
        look = [child for one in look for child in children[one]]
        found += look
    return found


def parent(pid: int) -> int:
    """0 for a process that has just ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def started_here(words: str) -> list[int]:
    """The processes among ours whose command line contains these words."""
    return [pid for pid in descendants(os.getpid()) if words in command_line(pid)]


def resident_mib(pids: list[int]) -> float:
    """The memory that processes hold together, shared pages once in each."""
    return sum(status_mib(pid, "VmRSS") for pid in pids)


def most_resident_mib(process: "subprocess.Popen[bytes]") -> float:
    """The most memory that a process has held when it ends, which this waits for.

    What `wait4` tells of it counts the memory of this process too, from which it was forked.
    """
    most = 0.0
    while process.poll() is None:
        most = max(most, status_mib(process.pid, "VmHWM"))
        time.sleep(BETWEEN_S)
    return most


def status_mib(pid: int, field: str) -> float:
    """0 for a process that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    lines = (line for line in status.splitlines() if line.startswith(f"{field}:"))
    return next((int(line.split()[1]) / KIB_A_MIB for line in lines), 0.0)
