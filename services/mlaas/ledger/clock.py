"""The time of the log never goes back, and its minutes last a minute, whatever is done to the time of day.

Were that set back by an hour, an account would have asked in the last minute all that it asked in an hour;
were it set on, nothing.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.mlaas.database import now_ms

MINUTE_MS = 60_000
# Counts on while the machine sleeps, where there is such a clock.
ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed_ms() -> int:
    return time.clock_gettime_ns(ELAPSED) // 1_000_000


class Start(NamedTuple):
    """A server began to log: `gap` milliseconds after the newest row there was, if clocks can be trusted."""

    begun: int
    gap: int


class LogClock:
    """Milliseconds since 1970, UTC: begun at the time of day, or at the `newest` row, and counted on.

    How long ago the newest row was logged cannot be told by clocks that may have been set since: for a minute
    it is taken to have been at the beginning, and the rows before it as much earlier as they say. So with
    each of the starts `before`, the latest first: one may have been less than a minute ago.
    """

    def __init__(
        self,
        newest: int | None,
        before: Sequence[Start] = (),
        wall_ms: Callable[[], int] = now_ms,
        elapsed_ms: Callable[[], int] = elapsed_ms,
    ) -> None:
        self.begun = wall_ms() if newest is None else max(wall_ms(), newest)
        self.starts = (Start(self.begun, 0 if newest is None else self.begun - newest), *before)
        self.elapsed_ms, self.start = elapsed_ms, elapsed_ms()

    def now_ms(self) -> int:
        return self.begun + self.elapsed_ms() - self.start

    def minute_before(self, at: int) -> int:
        """What was logged after this, as it is logged, was so in the minute before `at`."""
        since = at - MINUTE_MS
        for start in self.starts:
            if since >= start.begun:
                break
            since -= start.gap
        return since

    def counted(self, logged: int) -> int:
        """When a row is taken to have been logged."""
        return logged + sum(start.gap for start in self.starts if logged < start.begun)
