"""How well scores tell one half from the other, where they should not: an AUC over many games.

Whatever the scores are, and however they hang together, who is a member was drawn apart from them: the
error of an AUC is that of ranks in a random order (Mann and Whitney 1947, with Lehmann's term for ties).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

ALPHA = 0.001  # how often chance makes any of all predictors of a trial look like a leak


@dataclass(frozen=True)
class Auc:
    """0.5 where nothing is told; `error` is its standard error then, infinite where all scores are equal."""

    value: float
    error: float

    def shown(self, deviate: float) -> str:
        half = deviate * self.error
        return f"{self.value:.4f} ({self.value - half:.4f} to {self.value + half:.4f})"

    def tells(self, deviate: float) -> bool:
        """Whether the interval leaves out 0.5."""
        return abs(self.value - 0.5) > deviate * self.error


def deviate(predictors: int) -> float:
    """Standard errors of each of so many intervals that hold together with probability 1 - ALPHA."""
    return float(ndtri(1 - ALPHA / (2 * predictors)))


def auc(scores: NDArray[np.floating], member: NDArray[np.bool_]) -> Auc:
    """Of scores (N,), the higher the more likely a member; equal ones count half."""
    many, members = len(scores), int(member.sum())
    others = many - members
    ranks = rankdata(scores)
    value = (ranks[member].sum() - members * (members + 1) / 2) / (members * others)
    _, ties = np.unique(scores, return_counts=True)
    apart = 1 - float((ties.astype(float) ** 3 - ties).sum()) / (many**3 - many)
    return Auc(float(value), float(np.sqrt((many + 1) / (12 * members * others) * apart)) or np.inf)


def together(found: Iterable[Auc]) -> Auc:
    """The mean of independent ones, each as much as it is exact."""
    values, errors = np.array([(one.value, one.error) for one in found]).T
    weights = errors**-2
    if not weights.any():
        return Auc(0.5, np.inf)
    return Auc(float(weights @ values / weights.sum()), float(weights.sum() ** -0.5))
