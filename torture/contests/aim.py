"""Kills a run of the attacker at a moment that is told by its requests, as a proxy sees them."""

import asyncio
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from numpy.random import Generator

from torture.wire.proxy import Exchange, Head, Treatment

Kind = Literal["signing up", "target", "upload", "training", "shadow", "fitting", "end", "other"]
KINDS: Sequence[Kind] = ("signing up", "target", "upload", "training", "shadow", "fitting", "end")  # in order
HOW = ("on its way", "answered and not told", "told")
SHADOW = re.compile(r"/v1/models/m-[0-9a-f]{12}-s\d+")
LONGEST_AFTER_S = 0.05


@dataclass(frozen=True)
class Aim:
    """At the request of a kind that follows `skipped` others of it; `after_s` once it is told."""

    kind: Kind
    skipped: int
    how: str
    after_s: float


@dataclass
class Watch:
    """All requests of one run: counted by kind; `shadow_answers` tells apart those that cost something.

    expected: as many of these there are in a run that nobody kills; then it fits.
    """

    expected: int | None = None
    seen: Counter[Kind] = field(default_factory=Counter)
    shadow_answers: set[str] = field(default_factory=set)
    fitting_from: float = 0.0
    fitted_at: float = 0.0
    aim: Aim | None = None
    process: int | None = None

    def take(self, aim: Aim | None) -> None:
        self.aim, self.process = aim, None

    def treat(self, head: Head) -> Treatment:
        kind = self.kind(head)
        self.seen[kind] += 1
        if kind == "end" and not self.fitted_at:
            self.fitted_at = time.monotonic()
        aim = self.aim
        if aim is None or aim.kind != kind:
            return self.told
        if aim.skipped:
            self.aim = Aim(kind, aim.skipped - 1, aim.how, aim.after_s)
            return self.told
        return self.killing

    def kind(self, head: Head) -> Kind:
        path = head.path
        if path.endswith("/accounts"):
            return "signing up"
        if "/datasets" in path:
            return "upload"
        if path.endswith("/predict"):
            return "shadow" if SHADOW.match(path) else "target"
        if SHADOW.match(path) or path.endswith("/v1/models"):
            return "training"
        ending = path.endswith(("/usage", "/submissions")) and self.shadow_answers
        return "end" if ending else "other"

    async def told(self, exchange: Exchange) -> None:
        await exchange.send(await exchange.answer())
        if self.kind(exchange.head) == "shadow":
            self.shadow_answers.add(exchange.head.header("idempotency-key"))
            self.fitting_from = time.monotonic()
        aim = self.aim
        if aim and aim.kind == "fitting" and len(self.shadow_answers) == self.expected:
            await self.kill(aim)

    async def killing(self, exchange: Exchange) -> None:
        aim = self.aim
        assert aim is not None
        if aim.how == "on its way":
            await exchange.asked()
        elif aim.how == "answered and not told":
            await exchange.answer()
        else:
            await self.told(exchange)
        await self.kill(aim)
        exchange.reset()

    async def kill(self, aim: Aim) -> None:
        if aim.how == "told":
            await asyncio.sleep(aim.after_s)
        while self.process is None:
            await asyncio.sleep(0.001)
        if self.aim is aim:
            self.aim = None
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)


def drawn(kind: Kind, seen: Counter[Kind], whole: Watch, random: Generator) -> Aim:
    """A random moment of that kind, in a run that was begun; `whole` is of one that nobody killed."""
    if kind == "fitting":
        return Aim(kind, 0, "told", float(random.uniform(0, whole.fitted_at - whole.fitting_from)))
    left = max(1, whole.seen[kind] - seen[kind])
    return Aim(kind, int(random.integers(left)), str(random.choice(HOW)), random.uniform(0, LONGEST_AFTER_S))
