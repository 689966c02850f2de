"""Whether membership probabilities are right as often as they say."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, Floats, share
from attacker.statistics.rates import Estimate, Rate, rate
from attacker.statistics.spread import Spread

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The candidates scored in [low, high) (the last bin has 1 too), and how many of them are members."""

    low: float
    high: float
    mean_score: float | None
    members: Rate

    def as_json(self) -> dict[str, Any]:
        """{"from", "to", "mean_score", "members": rate, "count"}; an empty bin's mean score is null."""
        return {
            "from": self.low,
            "to": self.high,
            "mean_score": self.mean_score,
            "members": self.members.as_json(),
            "count": self.members.of,
        }


@dataclass(frozen=True)
class Calibration:
    """The Brier score (1950; mean squared error, 0.25 for a constant one half), and the reliability."""

    brier: Estimate
    reliability: tuple[Bin, ...]

    def as_json(self) -> dict[str, Any]:
        """{"brier": {"value", "low", "high"}, "reliability": [bin, ...]}."""
        return {"brier": self.brier.as_json(), "reliability": [part.as_json() for part in self.reliability]}


def calibration(scores: Floats, membership: Bools, spread: Spread) -> Calibration:
    """Of membership probabilities and membership (T, N); ValueError for a score outside [0, 1]."""
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError("Membership probabilities must lie in [0, 1]; leave `probabilities` out for others.")
    errors = (scores - membership) ** 2
    total, of = spread.sums(np.stack([errors, np.ones_like(errors)]))
    place = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    return Calibration(
        spread.widened(intervals.mean(errors), share(total, of)),
        tuple(_bin(number, place == number, scores, membership, spread) for number in range(BINS)),
    )


def _bin(number: int, inside: Bools, scores: Floats, membership: Bools, spread: Spread) -> Bin:
    members, of = spread.sums(np.stack([inside & membership, inside]))
    return Bin(
        number / BINS,
        (number + 1) / BINS,
        float(scores[inside].mean()) if inside.any() else None,
        spread.widened(rate((inside & membership).sum(), inside.sum()), share(members, of)),
    )
