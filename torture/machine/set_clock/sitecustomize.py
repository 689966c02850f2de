"""Imported by every process that is begun with this folder on its path: a time of day that a trial sets."""

import mmap
import os
import time
from pathlib import Path

_file = os.environ.get("TORTURE_CLOCK")
if _file:
    with Path(_file).open("rb") as _opened:
        _offset = mmap.mmap(_opened.fileno(), 8, prot=mmap.PROT_READ)
    _time_ns = time.time_ns

    def time_ns() -> int:
        return _time_ns() + int.from_bytes(_offset[:8], "little", signed=True)

    def seconds() -> float:
        return time_ns() / 1e9

    time.time_ns, time.time = time_ns, seconds
