"""Room for the questions that are under way: how many an account has, and what they hold in memory.

An account may have half of the memory that the others leave: so whoever comes finds some.
"""

from collections import Counter
from typing import Self

from services.mlaas.errors import TooManyRequests


class Room:
    """For one thread, the event loop's."""

    def __init__(self, most_requests: int, most_bytes: int) -> None:
        self.most_requests, self.most_bytes = most_requests, most_bytes
        self.requests: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.taken = 0


class Place:
    """One question's, from when it is known whose it is until its answer is taken."""

    def __init__(self, room: Room) -> None:
        self.room, self.account_id, self.bytes = room, "", 0

    def __enter__(self) -> Self:
        return self

    def enter(self, account: str) -> None:
        """Raises TooManyRequests."""
        room = self.room
        if room.requests[account] >= room.most_requests:
            raise TooManyRequests(
                f"An account may have {room.most_requests} predictions under way; wait for some answers.",
                headers={"Retry-After": "1"},
            )
        room.requests[account] += 1
        self.account_id = account

    def take(self, count: int) -> None:
        """Room for so many bytes more; raises TooManyRequests."""
        room, account = self.room, self.account_id
        most = (room.most_bytes - (room.taken - room.bytes[account])) // 2
        if room.bytes[account] + count > most:
            raise TooManyRequests(
                f"An account's predictions under way may hold {most} bytes just now; "
                "wait for some answers, or send fewer records at once.",
                headers={"Retry-After": "1"},
            )
        self.bytes += count
        room.bytes[account] += count
        room.taken += count

    def __exit__(self, *_: object) -> None:
        room, account = self.room, self.account_id
        if not account:
            return
        room.taken -= self.bytes
        room.bytes[account] -= self.bytes
        room.requests[account] -= 1
        if not room.requests[account]:
            del room.requests[account], room.bytes[account]
