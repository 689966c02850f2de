"""What an account may still store: its datasets and lists of rows count, and what is arriving just now."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.mlaas.errors import StorageFull


@dataclass
class Allowances:
    """For one thread, the event loop's."""

    most_datasets: int
    most_bytes: int
    uploads: Counter[str] = field(default_factory=Counter)
    arriving: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def of(self, account_id: str, datasets: int, stored: int) -> Iterator[Callable[[int], None]]:
        """To be told of every part of an upload; raises StorageFull, as the call does."""
        if datasets + self.uploads[account_id] >= self.most_datasets:
            raise too_many(self.most_datasets)
        self.uploads[account_id] += 1
        received = 0

        def receive(count: int) -> None:
            nonlocal received
            received += count
            self.arriving[account_id] += count
            if stored + self.arriving[account_id] > self.most_bytes:
                raise too_much(self.most_bytes)

        try:
            yield receive
        finally:
            self.uploads[account_id] -= 1
            self.arriving[account_id] -= received
            if not self.uploads[account_id]:
                del self.uploads[account_id], self.arriving[account_id]


def too_many(most: int) -> StorageFull:
    return StorageFull(f"An account may have {most} datasets; delete some.")


def too_much(most: int) -> StorageFull:
    return StorageFull(f"An account may store {most} bytes; delete some datasets or models.")
