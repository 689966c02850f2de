"""A time of day of its own for the processes of a trial, which it sets while they run.

Theirs is `time.time` and `time.time_ns`, as everything here takes it. Clocks that count what has passed go
on, as they do when an operator sets the time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

SETTING = Path(__file__).parent / "set_clock"


class Clock:
    def __init__(self, file: Path) -> None:
        self.file, self.offset_s = file, 0.0
        file.write_bytes(bytes(8))

    def step(self, seconds: float) -> None:
        """Set it on or, where it is less than 0, back."""
        self.offset_s += seconds
        with self.file.open("r+b") as opened:
            opened.write(int(self.offset_s * 1e9).to_bytes(8, "little", signed=True))

    @contextmanager
    def of_all_begun(self) -> Iterator["Clock"]:
        """Processes that are begun in this block, and all that those begin, go by it."""
        paths = os.pathsep.join([str(SETTING), *filter(None, [os.environ.get("PYTHONPATH")])])
        with patch.dict(os.environ, {"PYTHONPATH": paths, "TORTURE_CLOCK": str(self.file)}):
            yield self
