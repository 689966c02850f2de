"""The crossed bootstrap: what a figure would be with other targets and other candidates.

From twenty targets on it gives the interval. Below, a bootstrap over the targets would be too narrow: it
draws the records alone, and Student's t stands for the targets. Both are needed: of records that differ in
how well they are learned, Student's t alone covered the truth 76 times in 100 at 19 targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.confusion import Bools, Floats
from attacker.statistics.rates import TAIL
from attacker.statistics.roc import allowed_alarms
from attacker.statistics.spread import ALL, OneTarget, OwnValues, Ranked, Rows, Spread

DRAWS = 1_000
FEW = 20  # targets, below which a bootstrap over them is too narrow
CHUNK = 100  # draws whose weights are held in memory as floats


def spread_over(shape: tuple[int, ...], rng: np.random.Generator) -> Spread:
    """What a game of (T, N) targets and candidates allows."""
    if shape[0] == 1:
        return OneTarget()
    return FewTargets(shape, rng) if shape[0] < FEW else CrossedBootstrap(shape, rng)


class CrossedBootstrap(Spread):
    """Targets and records drawn anew, each on its own: a candidate's weight is the product (Owen 2007).

    The pigeonhole bootstrap is right for what targets and records differ in, and counts the noise of single
    candidates up to three times: it errs to the wide side. Of fewer than twenty targets each counts once.
    """

    def __init__(self, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        targets, records = shape
        few = np.ones((DRAWS, targets), np.uint16)
        self._targets = few if targets < FEW else _times_drawn(targets, rng)
        self._records = _times_drawn(records, rng)

    def sums(self, values: NDArray[Any], records: Rows = ALL) -> Floats:
        values, parts = values.astype(np.float64), []
        for done in range(0, DRAWS, CHUNK):
            targets, weights = self._targets[done : done + CHUNK], self._records[done : done + CHUNK, records]
            by_target = values @ weights.T.astype(np.float64)  # (M, T, CHUNK)
            parts.append(np.einsum("mtd,dt->md", by_target, targets.astype(np.float64)))
        return np.concatenate(parts, axis=1)

    def ranked(self, scores: Floats, membership: Bools, fprs: Sequence[float]) -> Ranked:
        """Every draw finds its thresholds anew."""
        order = _Order.of(scores.ravel(), membership.ravel())
        auc, tpr = np.empty(DRAWS), np.empty((len(fprs), DRAWS))
        for draw in range(DRAWS):
            weights = np.outer(self._targets[draw], self._records[draw].astype(np.float64)).ravel()
            auc[draw], tpr[:, draw] = order.weighted(weights, fprs)
        return Ranked(auc, tpr)

    def interval(self, values: Floats, centre: float) -> tuple[float, float]:
        values = values[~np.isnan(values)]
        if len(values) == 0:
            return centre, centre
        low, high = np.quantile(values, [TAIL, 1 - TAIL])
        return float(low), float(high)


class FewTargets(Spread):
    """Their own values, and behind them what the same targets would give with other records."""

    def __init__(self, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        self._own, self._redrawn, self._targets = OwnValues(), CrossedBootstrap(shape, rng), shape[0]

    def sums(self, values: NDArray[Any], records: Rows = ALL) -> Floats:
        return np.hstack([self._own.sums(values, records), self._redrawn.sums(values, records)])

    def ranked(self, scores: Floats, membership: Bools, fprs: Sequence[float]) -> Ranked:
        own, redrawn = (part.ranked(scores, membership, fprs) for part in (self._own, self._redrawn))
        return Ranked(np.append(own.auc, redrawn.auc), np.hstack([own.tpr, redrawn.tpr]))

    def interval(self, values: Floats, centre: float) -> tuple[float, float]:
        own = self._own.interval(values[: self._targets], centre)
        redrawn = self._redrawn.interval(values[self._targets :], centre)
        return min(own[0], redrawn[0]), max(own[1], redrawn[1])


def _times_drawn(of: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """(DRAWS, of): how often each comes when as many are drawn with replacement."""
    draws = (np.bincount(rng.integers(of, size=of), minlength=of) for _ in range(DRAWS))
    return np.stack([times.astype(np.uint16) for times in draws])


@dataclass(frozen=True, eq=False)
class _Order:
    """Members (P,) and non-members (Q,) sorted once: indices, highest score first, and who is above whom.

    above_member, not_below_member (P,): how many non-members score above it, and at least as much.
    above_non_member (Q + 1,): how many members score above it; above none, all do.
    """

    members: NDArray[np.int64]
    non_members: NDArray[np.int64]
    above_member: NDArray[np.int64]
    not_below_member: NDArray[np.int64]
    above_non_member: NDArray[np.int64]

    @classmethod
    def of(cls, scores: Floats, membership: Bools) -> Self:
        descending = np.argsort(-scores, kind="stable")
        members, non_members = descending[membership[descending]], descending[~membership[descending]]
        ascending, others = -scores[members], -scores[non_members]
        return cls(
            members,
            non_members,
            np.searchsorted(others, ascending, "left"),
            np.searchsorted(others, ascending, "right"),
            np.append(np.searchsorted(ascending, others, "left"), len(members)),
        )

    def weighted(self, weights: Floats, fprs: Sequence[float]) -> tuple[float, Floats]:
        """AUC and the TPR (F,) at each FPR, of candidates that count as often as their `weights` say."""
        member_weights = weights[self.members]
        hits = np.append(0, np.cumsum(member_weights))
        alarms = np.append(0, np.cumsum(weights[self.non_members]))
        if hits[-1] == 0 or alarms[-1] == 0:
            return np.nan, np.full(len(fprs), np.nan)
        losses = member_weights @ (alarms[self.above_member] + alarms[self.not_below_member]) / 2
        allowed = [allowed_alarms(fpr, alarms[-1]) for fpr in fprs]
        refused = np.searchsorted(alarms[1:], allowed, side="right")  # the first non-member not accepted
        return 1 - losses / (hits[-1] * alarms[-1]), hits[self.above_non_member[refused]] / hits[-1]
