"""What each phase of a run cost, and the check against the provider's own count."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from attacker.client.documents import Count
from attacker.errors import LedgerMismatch

Phase = Literal[
    "synthesis",
    "upload",
    "shadow_training",
    "shadow_queries",
    "target_queries",
    "attack_training",
    "attack_queries",
]
QUERIES: tuple[Phase, ...] = ("synthesis", "shadow_queries", "target_queries", "attack_queries")


@dataclass(frozen=True)
class Cost:
    """What something cost.

    Records asked (uploaded, or trained on, in the phases that ask none), requests (a retry is none),
    bytes of bodies both ways, seconds that the run waited, and money in the provider's currency.
    """

    records: int
    requests: int
    bytes: int
    seconds: float
    money: float


class Clock:
    """Seconds from one lap to the next, so that the laps add up to the time that a phase took."""

    def __init__(self) -> None:
        self.since = time.monotonic()

    def lap(self) -> float:
        before, self.since = self.since, time.monotonic()
        return self.since - before


@dataclass(frozen=True)
class Entry:
    """One row of the ledger: what one request, or one model's training, cost."""

    phase: Phase
    model: str
    cost: Cost


def agree(ours: Mapping[str, Count], before: Mapping[str, Count], now: Mapping[str, Count]) -> None:
    """Compare our count of each model's queries with what the provider counted since the run began.

    Raises LedgerMismatch naming both numbers.
    """
    nothing = Count(0, 0)
    for model, count in ours.items():
        theirs = now.get(model, nothing) - before.get(model, nothing)
        if theirs != count:
            raise LedgerMismatch(
                f"For model {model} the run counted {count.records} records in {count.requests} requests, "
                f"the provider {theirs.records} in {theirs.requests}; "
                "use an account for one run at a time, or report it to the provider."
            )
