"""Accounts take turns: so many of one's calls have a thread at once, and the rest wait in nobody's way."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """For one thread, the event loop's."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._of = WeakValueDictionary[str, asyncio.Semaphore]()  # of accounts that have some, or wait

    def of(self, account_id: str) -> asyncio.Semaphore:
        """To be entered while a thread is wanted."""
        turn = self._of.get(account_id) or asyncio.Semaphore(self.at_once)
        self._of[account_id] = turn
        return turn
