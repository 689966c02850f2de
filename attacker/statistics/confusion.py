"""Decisions against the truth, counted; and what is computed from the counts, for many tables at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Confusion:
    """Members called members (hits), non-members called members (alarms), and how many there are of each.

    All of one shape, (): one table, or (U,): one for each target or bootstrap draw. A measure has that
    shape too, and is nan where it is a share of nothing.
    """

    hits: Floats
    alarms: Floats
    members: Floats
    non_members: Floats

    @property
    def positives(self) -> Floats:
        return self.hits + self.alarms

    @property
    def right(self) -> Floats:
        return self.hits + self.non_members - self.alarms

    @property
    def recall(self) -> Floats:
        return share(self.hits, self.members)

    @property
    def fpr(self) -> Floats:
        return share(self.alarms, self.non_members)

    @property
    def precision(self) -> Floats:
        return share(self.hits, self.positives)

    @property
    def accuracy(self) -> Floats:
        return share(self.right, self.members + self.non_members)

    @property
    def balanced_accuracy(self) -> Floats:
        return (self.recall + 1 - self.fpr) / 2

    @property
    def f1(self) -> Floats:
        return share(2 * self.hits, self.positives + self.members)

    def precision_at(self, prior: float) -> Floats:
        """The precision where the share `prior` of those judged are members (Jayaraman et al. 2021)."""
        hits, alarms = prior * self.recall, (1 - prior) * self.fpr
        return share(hits, hits + alarms)


def tables(decisions: Bools, membership: Bools) -> Bools:
    """(4, ...): where a `Confusion` counts, from decisions and membership of one shape."""
    return np.stack([decisions & membership, decisions & ~membership, membership, ~membership])


def confusion(decisions: Bools, membership: Bools) -> Confusion:
    """All decisions in one table, whatever their shape."""
    return Confusion(*tables(decisions, membership).reshape(4, -1).sum(1).astype(np.float64))


def share(count: Floats, of: Floats) -> Floats:
    """count / of, and nan of nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(of > 0, count / of, np.nan)
