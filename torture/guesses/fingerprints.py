"""What the numbers that a model answers tell of its type, whatever is hidden: that it is such a function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]
NUDGE = 1e-3  # of a feature, whose values are about 1
ROUNDING = 1e-6  # of scores in float32
STRAIGHT = 1e-3  # of the way: what float32 leaves of a straight line


@dataclass(frozen=True)
class Scores:
    """Of the same records (N, K): as they are, nudged, and one and two steps further."""

    here: Array
    nudged: Array
    one_step: Array
    two_steps: Array

    @classmethod
    def of(cls, answered: Callable[[Array], Array], records: Array, random: Generator) -> "Scores":
        """records: (N, D)."""
        step = random.normal(size=records.shape).astype(records.dtype)
        moves = (0.0, NUDGE, 1.0, 2.0)
        return cls(*(answered(records + np.float32(move) * step) for move in moves))

    def shares(self, trees: int) -> dict[str, float]:
        return {
            "scores of exactly 0 or 1": float(np.isin(self.here, (0, 1)).mean()),
            f"scores that are multiples of 1/{trees}": float(is_multiple(self.here, trees).mean()),
            "answers that a nudge leaves as they are": float((self.here == self.nudged).all(axis=1).mean()),
            "log-odds on a straight line": float(self.straight().mean()),
        }

    def straight(self) -> NDArray[np.bool_]:
        """(N,): whether the second step changes the log-odds of the first two classes as the first did."""
        first, second, third = self.log_odds()
        way = np.abs(third - first)
        bend = np.abs(third - 2 * second + first)
        return np.asarray((way > 0) & (bend < STRAIGHT * way))

    def log_odds(self) -> Iterator[NDArray[np.float64]]:
        least = np.finfo(np.float32).tiny
        for scores in (self.here, self.one_step, self.two_steps):
            logs = np.log(np.maximum(scores[:, :2].astype(np.float64), least))
            yield logs[:, 0] - logs[:, 1]


def is_multiple(scores: Array, trees: int) -> NDArray[np.bool_]:
    nearest = np.round(scores.astype(np.float64) * trees) / trees
    return np.asarray(np.abs(nearest - scores) < ROUNDING)
