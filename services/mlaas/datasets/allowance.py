"""What an account may still upload: its stored datasets count, and what is arriving just now."""

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
            raise StorageFull(f"An account may have {self.most_datasets} datasets; delete some.")
        self.uploads[account_id] += 1
        received = 0

        def receive(count: int) -> None:
            nonlocal received
            received += count
            self.arriving[account_id] += count
            if stored + self.arriving[account_id] > self.most_bytes:
                raise StorageFull(f"An account may store {self.most_bytes} bytes; delete some datasets.")

        try:
            yield receive
        finally:
            self.uploads[account_id] -= 1
            self.arriving[account_id] -= received
            if not self.uploads[account_id]:
                del self.uploads[account_id], self.arriving[account_id]
