"""Every query is in the ledger before it is answered, and the counts are the sums of its rows.

One thread owns the writing: it takes all that is waiting and commits it as one transaction, so that
many requests share one synchronous write (group commit) and none blocks the event loop.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from services.database import Database
from services.mlaas.ledger.charging import Charging, Entry, Waiting
from services.web.problem import Overloaded

MOST_IN_A_GROUP = 1_000

log = logging.getLogger(__name__)


class Ledger:
    """Start it before serving; `close` drains what waits."""

    def __init__(self, database: Database, charging: Charging, *, most_waiting: int) -> None:
        self.database, self.charging = database, charging
        self.most_waiting = most_waiting
        self.waiting: queue.SimpleQueue[Sequence[Waiting] | None] = queue.SimpleQueue()
        # Each is written by one thread alone, so neither needs a lock.
        self.entered, self.taken = 0, 0
        self.thread = threading.Thread(target=self._write_groups, name="ledger")

    def start(self) -> None:
        self.thread.start()

    def close(self) -> None:
        self.waiting.put(None)
        self.thread.join()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    async def charge(self, entry: Entry) -> int:
        """The records charged, once they are on disk: 0 when the idempotency key was charged before.

        Raises QuotaExceeded, IdempotencyConflict, NotAdmitted, and Overloaded when too many wait already.
        """
        waiting = Waiting(entry, asyncio.get_running_loop().create_future())
        self.enter([waiting])
        return await waiting.answer

    def enter(self, waiting: Sequence[Waiting]) -> None:
        """As `charge`, for several that wait for their answers already: they wake the writer once."""
        if self.entered + len(waiting) - self.taken > self.most_waiting:
            for one in waiting:
                one.outcome = Overloaded("Too many queries wait to be logged; try again in a second.")
            resolve(waiting)
            return
        self.entered += len(waiting)
        self.waiting.put(waiting)

    def _write_groups(self) -> None:
        while (first := self.waiting.get()) is not None:
            group, last = self._all_that_waits(first)
            try:
                self.database.put(partial(self.charging.settle, group=group))
            except Exception:
                fail(group)
            answer(group)
            if last:
                return

    def _all_that_waits(self, first: Sequence[Waiting]) -> tuple[list[Waiting], bool]:
        """The group to write, and whether it is the last."""
        group, last = list(first), False
        while len(group) < MOST_IN_A_GROUP and not last:
            try:
                more = self.waiting.get_nowait()
            except queue.Empty:
                break
            group += more or ()
            last = more is None
        self.taken += len(group)
        return group, last


def fail(group: Sequence[Waiting]) -> None:
    """Nothing of the group was committed, so none of it may be answered."""
    log.exception("a group of %d queries was not committed", len(group))
    for waiting in group:
        waiting.outcome = Overloaded("The query could not be logged; try again in a second.")


def answer(group: Sequence[Waiting]) -> None:
    """Wake the requests, once per event loop."""
    by_loop = defaultdict(list)
    for waiting in group:
        by_loop[waiting.answer.get_loop()].append(waiting)
    for loop, answered in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(resolve, answered)


def resolve(answered: Sequence[Waiting]) -> None:
    for waiting in answered:
        if waiting.answer.cancelled():
            continue
        if isinstance(waiting.outcome, Exception):
            waiting.answer.set_exception(waiting.outcome)
        else:
            waiting.answer.set_result(waiting.outcome or 0)
