"""What a trial found: how much was done, what did not hold, what was measured beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_TOLD = 20


@dataclass(frozen=True)
class Found:
    """done: counts of what was done and checked, in words of their own ("kills", "answers checked").

    wrong: a sentence for everything that did not hold; empty where all did.
    measured: numbers that are no counts, with their unit in their name ("usage, ms").
    """

    done: Mapping[str, int]
    wrong: Sequence[str] = ()
    measured: Mapping[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.done or not all(self.done.values()):
            raise ValueError(f"a trial that did nothing shows nothing: {dict(self.done)}")

    def document(self) -> dict[str, Any]:
        told = list(self.wrong[:MOST_TOLD])
        return {
            "done": dict(self.done),
            "measured": dict(self.measured),
            "wrong": told,
            "wrongs": len(self.wrong),
        }
