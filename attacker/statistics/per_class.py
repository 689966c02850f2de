"""Precision, recall and false positive rate of each class: the paper's own form of reporting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.confusion import Bools, confusion
from attacker.statistics.intervals import shares
from attacker.statistics.rates import Rate
from attacker.statistics.spread import Spread

FEW = 20  # members or non-members, below which a class tells little


@dataclass(frozen=True)
class ClassEvaluation:
    """One class's candidates, over all targets, and how they were decided."""

    name: str
    members: int
    non_members: int
    precision: Rate
    recall: Rate
    fpr: Rate

    @property
    def small(self) -> bool:
        return min(self.members, self.non_members) < FEW

    def as_json(self) -> dict[str, Any]:
        """{"class", "members", "non_members", "precision", "recall", "fpr"}; "small": true where it is."""
        return {
            "class": self.name,
            "members": self.members,
            "non_members": self.non_members,
            "precision": self.precision.as_json(),
            "recall": self.recall.as_json(),
            "fpr": self.fpr.as_json(),
        } | ({"small": True} if self.small else {})


def per_class(
    decisions: Bools, membership: Bools, labels: NDArray[np.int64], classes: Sequence[str], spread: Spread
) -> tuple[ClassEvaluation, ...]:
    """One evaluation a class, in their order, of decisions and membership (T, N) and labels (N,)."""
    return tuple(
        _of_class(name, decisions, membership, np.flatnonzero(labels == label), spread)
        for label, name in enumerate(classes)
    )


def _of_class(
    name: str, decisions: Bools, membership: Bools, records: NDArray[np.int64], spread: Spread
) -> ClassEvaluation:
    pooled = confusion(decisions[:, records], membership[:, records])
    found, spreading = shares(pooled), spread.confusion(decisions, membership, records)
    return ClassEvaluation(
        name,
        int(pooled.members),
        int(pooled.non_members),
        *(spread.widened(found[name], getattr(spreading, name)) for name in ("precision", "recall", "fpr")),
    )
