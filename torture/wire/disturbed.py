"""A line on which things go wrong for a while, and who asks again too soon."""

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from numpy.random import Generator

from torture.wire.disturbance import DISTURBANCES, Disturbance, refuse_connections
from torture.wire.proxy import Exchange, Head, Proxy, Treatment, passed

SHARE = 0.5  # of attempts that are disturbed
MOST_IN_A_ROW = 2  # of one request: who has never been answered gives up after 3
TOLERANCE_S = 0.01
Key = tuple[str, str, str]


@dataclass
class Line:
    """`proxy`, where no request is disturbed for ever; counts are of all lines together, `most` in all."""

    proxy: Proxy
    random: Generator
    counts: Counter[str]
    most: int
    left: list[Disturbance] = field(default_factory=list)
    in_a_row: Counter[Key] = field(default_factory=Counter)
    not_before: dict[Key, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.proxy.treat = self.treat
        return self

    def __exit__(self, *error: object) -> None:
        self.proxy.treat = lambda _: passed

    def treat(self, head: Head) -> Treatment:
        key = head.method, head.path, head.header("idempotency-key")
        self.check_pause(key)
        enough = self.counts.total() >= self.most or self.in_a_row[key] == MOST_IN_A_ROW
        if enough or self.random.random() > SHARE:
            del self.in_a_row[key]
            return passed
        disturbance = self.next()
        long = disturbance.treat is refuse_connections  # for more than one attempt
        if long and self.in_a_row[key]:
            self.left.append(disturbance)
            return passed
        self.in_a_row[key] += MOST_IN_A_ROW if long else 1
        return partial(self.disturb, disturbance, key)

    def next(self) -> Disturbance:
        """All of them in turn, in an order that is drawn."""
        if not self.left:
            self.left = [DISTURBANCES[place] for place in self.random.permutation(len(DISTURBANCES))]
        return self.left.pop()

    async def disturb(self, disturbance: Disturbance, key: Key, exchange: Exchange) -> None:
        self.counts[disturbance.name] += 1
        self.not_before[key] = time.monotonic() + disturbance.pause_s - TOLERANCE_S
        await disturbance.treat(exchange, self.proxy)

    def check_pause(self, key: Key) -> None:
        early = self.not_before.pop(key, 0.0) - time.monotonic()
        if early > 0:
            self.wrong.append(f"{key[0]} {key[1]} came again {early:.2f} s too early")


@dataclass
class Broken:
    """A line that works for `passing` requests, and then no more."""

    proxy: Proxy
    disturbance: Disturbance
    passing: int
    counts: Counter[str]

    def __enter__(self) -> Self:
        self.proxy.treat = self.treat
        return self

    def __exit__(self, *error: object) -> None:
        self.proxy.treat = lambda _: passed

    def treat(self, head: Head) -> Treatment:
        self.passing -= 1
        return passed if self.passing >= 0 else self.disturb

    async def disturb(self, exchange: Exchange) -> None:
        self.counts[self.disturbance.name] += 1
        await self.disturbance.treat(exchange, self.proxy)
