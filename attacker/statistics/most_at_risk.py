"""The records that leak most, which averages hide: those scored highest, and mislabelled canaries."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, Floats, confusion
from attacker.statistics.crossed import spread_over
from attacker.statistics.rates import Estimate, Rate, rate
from attacker.statistics.roc import roc
from attacker.statistics.spread import Spread

SHARE = 0.01  # of a target's candidates
FEWEST = 10  # of them: the interval of five members among five still holds one half
FPR = 0.01


@dataclass(frozen=True)
class CanaryFigures:
    """How well the canaries of all targets are told apart, by themselves."""

    records: int
    auc: Estimate
    balanced_accuracy: Rate
    tpr_at_fpr: Rate

    def as_json(self) -> dict[str, Any]:
        """{"records", "auc": estimate, "balanced_accuracy": rate, "tpr_at_fpr": {"0.01": rate}}."""
        return {
            "records": self.records,
            "auc": self.auc.as_json(),
            "balanced_accuracy": self.balanced_accuracy.as_json(),
            "tpr_at_fpr": {f"{FPR:g}": self.tpr_at_fpr.as_json()},
        }


def most_at_risk(scores: Floats, membership: Bools, spread: Spread) -> Rate:
    """How many of those scored highest are members: scores and membership (T, N), all targets together.

    Of each target 1 % of the candidates and 10 at least, for fewer could not be told from chance. Whoever has
    the score of the last of them counts too: to choose among equals would be to draw lots. Of an attack that
    knows two scores alone, that is everybody with the higher.
    """
    surest = highest(scores)
    found = confusion(surest, membership)
    return spread.widened(rate(found.hits, found.positives), spread.confusion(surest, membership).precision)


def highest(scores: Floats) -> Bools:
    """(T, N): the highest scores of each target, ties with the last of them whole."""
    records = scores.shape[1]
    chosen = min(records, max(FEWEST, ceil(SHARE * records)))
    last = np.partition(scores, records - chosen, axis=1)[:, [records - chosen]]
    return np.asarray(scores >= last)


def canaries_alone(
    scores: Floats, decisions: Bools, membership: Bools, rng: np.random.Generator
) -> CanaryFigures | None:
    """Of the canaries' columns (T, n) alone; None where all are members or none is, as coins may give."""
    if membership.all() or not membership.any():
        return None
    spread = spread_over(scores.shape, rng)
    curve, ranked = roc(scores, membership), spread.ranked(scores, membership, [FPR])
    table, tables = confusion(decisions, membership), spread.confusion(decisions, membership)
    accuracy = intervals.balanced_accuracy(table, intervals.posterior(table, rng))
    return CanaryFigures(
        scores.shape[1],
        spread.widened(intervals.auc(curve), ranked.auc),
        spread.widened(accuracy, tables.balanced_accuracy),
        spread.widened(intervals.tpr_at_fpr(curve, FPR, rng), ranked.tpr[0]),
    )
