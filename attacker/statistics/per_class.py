"""Precision, recall and false positive rate of each class: the paper's own form of reporting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.rates import Rate, rate


@dataclass(frozen=True)
class ClassEvaluation:
    """One class's candidates, and how they were decided."""

    name: str
    members: int
    non_members: int
    precision: Rate
    recall: Rate
    fpr: Rate

    def as_json(self) -> dict[str, Any]:
        return {
            "class": self.name,
            "members": self.members,
            "non_members": self.non_members,
            "precision": self.precision.as_json(),
            "recall": self.recall.as_json(),
            "fpr": self.fpr.as_json(),
        }


def per_class(
    decisions: NDArray[np.bool_],
    membership: NDArray[np.bool_],
    labels: NDArray[np.int64],
    classes: Sequence[str],
) -> tuple[ClassEvaluation, ...]:
    """One evaluation a class, in their order; all arrays are (N,)."""

    def count(rows: NDArray[np.bool_]) -> list[int]:
        return [int(n) for n in np.bincount(labels[rows], minlength=len(classes))]

    columns = zip(
        classes,
        count(membership),
        count(~membership),
        count(decisions & membership),
        count(decisions & ~membership),
        strict=True,
    )
    return tuple(
        ClassEvaluation(
            name, members, others, rate(hits, hits + alarms), rate(hits, members), rate(alarms, others)
        )
        for name, members, others, hits, alarms in columns
    )
