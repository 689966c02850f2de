"""What an attack finds beyond the gap attack, which calls a member whatever the target labels rightly."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, confusion
from attacker.statistics.rates import Estimate, Rate
from attacker.statistics.spread import Spread


@dataclass(frozen=True)
class BeyondGap:
    """The gap attack's balanced accuracy (Yeom et al. 2018), and how far above it the attack's is."""

    balanced_accuracy: Rate
    above: Estimate

    def as_json(self) -> dict[str, Any]:
        """{"balanced_accuracy": rate, "above": {"value", "low", "high"}}, the latter in [-1, 1]."""
        return {"balanced_accuracy": self.balanced_accuracy.as_json(), "above": self.above.as_json()}


def beyond_gap(
    decisions: Bools, right: Bools, membership: Bools, spread: Spread, rng: np.random.Generator
) -> BeyondGap:
    """Of decisions, rightly labelled answers and membership, all (T, N)."""
    gap, gaps = confusion(right, membership), spread.confusion(right, membership)
    pooled = intervals.balanced_accuracy(gap, intervals.posterior(gap, rng))
    # Both judge the same candidates: only those judged otherwise count.
    tpr, tprs = intervals.paired(decisions, right, membership, rng)
    fpr, fprs = intervals.paired(decisions, right, ~membership, rng)
    above = intervals.drawn((tpr - fpr) / 2, (tprs - fprs) / 2)
    differences = spread.confusion(decisions, membership).balanced_accuracy - gaps.balanced_accuracy
    return BeyondGap(
        spread.widened(pooled, gaps.balanced_accuracy), spread.widened_difference(above, differences)
    )
