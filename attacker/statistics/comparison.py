"""Two attacks on the same targets and candidates: whether the one is better."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, Floats
from attacker.statistics.crossed import CrossedBootstrap, spread_over
from attacker.statistics.rates import TAIL, Estimate, clopper_pearson
from attacker.statistics.roc import accepted, resolves
from attacker.statistics.sample import scored, truth
from attacker.statistics.spread import Ranked, Spread

FPR = 0.01


@dataclass(frozen=True)
class Difference:
    """The first attack's figure less the second's, in [-1, 1]; None where neither can be told."""

    value: float | None
    low: float | None
    high: float | None
    needs: int | None = None

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def as_json(self) -> dict[str, Any]:
        """{"value", "low", "high", "excludes_zero"}, and "needs": n non-members where the value is null."""
        document = {"value": self.value, "low": self.low, "high": self.high}
        needs = {} if self.needs is None else {"needs": self.needs}
        return document | {"excludes_zero": self.excludes_zero} | needs


@dataclass(frozen=True)
class Comparison:
    auc: Difference
    tpr_at_fpr: dict[str, Difference]

    def as_json(self) -> dict[str, Any]:
        """{"auc": difference, "tpr_at_fpr": {"0.01": difference}}."""
        return {
            "auc": self.auc.as_json(),
            "tpr_at_fpr": {fpr: difference.as_json() for fpr, difference in self.tpr_at_fpr.items()},
        }


def compare(
    scores_a: ArrayLike, scores_b: ArrayLike, membership: ArrayLike, rng: np.random.Generator
) -> Comparison:
    """a less b, paired, of scores and membership (T, N), or (N,) for one target.

    AUC: DeLong, DeLong & Clarke-Pearson 1988, as for one sample; TPR at 1 % FPR: the share of members that
    only the one finds. Both are widened by what the differences spread over (`crossed`): that of the TPR for
    one target too, by other records. ValueError for shapes that differ or candidates of one kind only.
    """
    member = truth(membership)
    a, b = scored(scores_a, member), scored(scores_b, member)
    one = len(member) == 1
    spread = CrossedBootstrap(member.shape, rng) if one else spread_over(member.shape, rng)
    spreading = _differences(spread, a, b, member)
    auc = _auc(a.ravel(), b.ravel(), member.ravel())
    return Comparison(
        Difference(**(auc if one else spread.widened_difference(auc, spreading.auc)).as_json()),
        {f"{FPR:g}": _tpr(a, b, member, spread, spreading.tpr[0], rng)},
    )


def _differences(spread: Spread, a: Floats, b: Floats, membership: Bools) -> Ranked:
    """In the same draws."""
    first, second = (spread.ranked(scores, membership, [FPR]) for scores in (a, b))
    return Ranked(first.auc - second.auc, first.tpr - second.tpr)


def _auc(a: Floats, b: Floats, membership: Bools) -> Estimate:
    """Where every placement differs by the same, min(members, non-members) disjoint pairs bound the rest."""
    (below_a, above_a), (below_b, above_b) = (_placements(scores, membership) for scores in (a, b))
    below, above = below_a - below_b, above_a - above_b
    variance = below.var() / max(len(below) - 1, 1) + above.var() / max(len(above) - 1, 1)
    pairs = min(len(below), len(above))
    half_width = ndtri(1 - TAIL) * np.sqrt(variance) if variance > 0 else clopper_pearson(0, pairs)[1]
    value = float(below.mean())
    return Estimate(value, max(value - float(half_width), -1.0), min(value + float(half_width), 1.0))


def _placements(scores: Floats, membership: Bools) -> tuple[Floats, Floats]:
    """The share of non-members below each member, and of members above each non-member, ties one half."""
    members, others = np.sort(scores[membership]), np.sort(scores[~membership])
    below, not_above = (np.searchsorted(others, scores[membership], side) for side in ("left", "right"))
    under, not_over = (np.searchsorted(members, scores[~membership], side) for side in ("left", "right"))
    return (below + not_above) / 2 / len(others), 1 - (under + not_over) / 2 / len(members)


def _tpr(
    a: Floats, b: Floats, membership: Bools, spread: Spread, spreading: Floats, rng: np.random.Generator
) -> Difference:
    if not resolves(FPR, int((~membership).sum())):
        return Difference(None, None, None, needs=ceil(1 / FPR))
    found_a, found_b = (accepted(scores, membership, FPR) for scores in (a, b))
    at_the_thresholds = intervals.drawn(*intervals.paired(found_a, found_b, membership, rng))
    return Difference(**spread.widened_difference(at_the_thresholds, spreading).as_json())
