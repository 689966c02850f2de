"""How a figure spreads over a game's targets, which share their candidates and shadows.

What the records differ in is the same for all targets, and what the targets differ in for all records: the
interval of one sample counts neither, and is widened. It is all that a figure without any spread (every
target at 100 %) is left with.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from attacker.statistics.confusion import Bools, Confusion, Floats, tables
from attacker.statistics.rates import TAIL, Estimate, Rate
from attacker.statistics.roc import roc
from attacker.statistics.sample import both_kinds

Figure = TypeVar("Figure", Rate, Estimate)
Rows = slice | Bools | NDArray[np.int64]
ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Ranked:
    """How well scores rank members over non-members: AUC (U,), and TPR (F, U) at each of F FPRs."""

    auc: Floats
    tpr: Floats


class Spread(ABC):
    """A figure's U values: one for each target, or for each bootstrap draw of them."""

    @abstractmethod
    def sums(self, values: NDArray[Any], records: Rows = ALL) -> Floats:
        """(M, U): M tables of values (M, T, n), each summed over the targets and the n `records` of N."""

    @abstractmethod
    def ranked(self, scores: Floats, membership: Bools, fprs: Sequence[float]) -> Ranked:
        """Of scores and membership (T, N)."""

    @abstractmethod
    def interval(self, values: Floats, centre: float) -> tuple[float, float]:
        """Of a figure in [0, 1] whose pooled value is `centre`, from its values (U,); nan is no value."""

    def confusion(self, decisions: Bools, membership: Bools, records: Rows = ALL) -> Confusion:
        """(U,) tables of the `records` among decisions and membership (T, N)."""
        return Confusion(*self.sums(tables(decisions[:, records], membership[:, records]), records))

    def widened(self, figure: Figure, values: Floats) -> Figure:
        """The figure with the interval that its values (U,) ask for."""
        if figure.value is None or figure.low is None or figure.high is None:
            return figure
        low, high = self.interval(values, figure.value)
        return replace(figure, low=min(figure.low, low), high=max(figure.high, high))

    def widened_difference(self, figure: Estimate, values: Floats) -> Estimate:
        """The same for a difference of two rates, in [-1, 1]."""
        if figure.value is None or figure.low is None or figure.high is None:
            return figure
        low, high = self.interval((1 + values) / 2, (1 + figure.value) / 2)
        return replace(figure, low=min(figure.low, 2 * low - 1), high=max(figure.high, 2 * high - 1))


class OneTarget(Spread):
    """Nothing to spread over."""

    def sums(self, values: NDArray[Any], records: Rows = ALL) -> Floats:
        return np.empty((len(values), 0))

    def ranked(self, scores: Floats, membership: Bools, fprs: Sequence[float]) -> Ranked:
        return Ranked(np.empty(0), np.empty((len(fprs), 0)))

    def interval(self, values: Floats, centre: float) -> tuple[float, float]:
        return centre, centre


class OwnValues(Spread):
    """Each target's own value, and Student's t around the pooled one."""

    def sums(self, values: NDArray[Any], records: Rows = ALL) -> Floats:
        return np.asarray(values.sum(2), np.float64)

    def ranked(self, scores: Floats, membership: Bools, fprs: Sequence[float]) -> Ranked:
        """At an FPR that one target cannot resolve, its TPR without a false alarm."""
        auc, tpr = np.full(len(scores), np.nan), np.full((len(fprs), len(scores)), np.nan)
        for target in np.flatnonzero(both_kinds(membership)):
            curve = roc(scores[target], membership[target])
            auc[target] = curve.auc()
            tpr[:, target] = [curve.hits_at(fpr) / curve.members.sum() for fpr in fprs]
        return Ranked(auc, tpr)

    def interval(self, values: Floats, centre: float) -> tuple[float, float]:
        """On the arcsine scale, where a rate's variance hangs least on the rate, and 0 and 1 have a place."""
        values = values[~np.isnan(values)]
        if len(values) < 2:
            return centre, centre
        angles, middle = (np.arcsin(np.sqrt(np.clip(v, 0, 1))) for v in (values, centre))
        half_width = stdtrit(len(values) - 1, 1 - TAIL) * angles.std(ddof=1) / np.sqrt(len(values))
        low, high = np.sin(np.clip([middle - half_width, middle + half_width], 0, np.pi / 2)) ** 2
        return float(low), float(high)
