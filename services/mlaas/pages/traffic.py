"""What requests to a model look like over time: how one tells an application from an attack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

SPANS = 48  # bars
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Traffic:
    """Of requests (at, records), oldest first, in milliseconds since 1970.

    `busiest`: the most records within an hour. `spans`: records in equal parts of the time from the first
    request to the last.
    """

    requests: int
    records: int
    largest: int
    first: int
    last: int
    busiest: int
    spans: tuple[int, ...]

    @classmethod
    def of(cls, asked: Sequence[tuple[int, int]]) -> Self:
        """Of one request at least."""
        first, last = asked[0][0], asked[-1][0]
        width = max(1, last - first + 1)
        spans = [0] * SPANS
        for at, records in asked:
            spans[(at - first) * SPANS // width] += records
        sizes = [records for _, records in asked]
        return cls(len(asked), sum(sizes), max(sizes), first, last, busiest_hour(asked), tuple(spans))

    @property
    def mean(self) -> float:
        """Records a request."""
        return self.records / self.requests


def busiest_hour(asked: Sequence[tuple[int, int]]) -> int:
    """The most records in any 60 minutes."""
    most = within = begin = 0
    for at, records in asked:
        within += records
        while asked[begin][0] <= at - HOUR_MS:
            within -= asked[begin][1]
            begin += 1
        most = max(most, within)
    return most
