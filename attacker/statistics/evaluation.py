"""Scores, decisions and truth in; every figure of a result out, each with its interval and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attacker.statistics import intervals
from attacker.statistics.per_class import ClassEvaluation, per_class
from attacker.statistics.rates import Rate, rate
from attacker.statistics.roc import roc

LOW_FPRS = (0.01, 0.001)


@dataclass(frozen=True)
class Auc:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What one attack on one target came to. All rates are fractions; `roc` has (FPR, TPR) points."""

    auc: Auc
    balanced_accuracy: Rate
    accuracy: Rate
    precision: Rate
    recall: Rate
    f1: Rate
    fpr: Rate
    tpr_at_fpr: dict[str, Rate]
    per_class: tuple[ClassEvaluation, ...]
    roc: tuple[tuple[float, float], ...]

    def as_json(self) -> dict[str, Any]:
        rates = ("balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr")
        return {
            "auc": {"value": self.auc.value, "low": self.auc.low, "high": self.auc.high},
            **{name: getattr(self, name).as_json() for name in rates},
            "tpr_at_fpr": {fpr: tpr.as_json() for fpr, tpr in self.tpr_at_fpr.items()},
            "per_class": [evaluation.as_json() for evaluation in self.per_class],
            "roc": [list(point) for point in self.roc],
        }


def evaluate(
    scores: ArrayLike,
    decisions: ArrayLike,
    membership: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str],
    rng: np.random.Generator,
) -> Evaluation:
    """Judge one attack on one target. All arrays are (N,); `scores` are higher for likelier members.

    ValueError for shapes that differ, scores that are not numbers, or candidates of one kind only.
    """
    score, decided, member, label = _checked(scores, decisions, membership, labels, len(classes))
    curve = roc(score, member)
    return Evaluation(
        auc=Auc(curve.auc(), *intervals.auc_interval(curve)),
        balanced_accuracy=intervals.balanced_accuracy(decided, member, rng),
        accuracy=rate((decided == member).sum(), len(member)),
        precision=rate((decided & member).sum(), decided.sum()),
        recall=rate((decided & member).sum(), member.sum()),
        f1=intervals.f1(decided, member, rng),
        fpr=rate((decided & ~member).sum(), (~member).sum()),
        tpr_at_fpr={f"{fpr:g}": intervals.tpr_at_fpr(curve, fpr, rng) for fpr in LOW_FPRS},
        per_class=per_class(decided, member, label, classes),
        roc=tuple(curve.points()),
    )


def _checked(
    scores: ArrayLike, decisions: ArrayLike, membership: ArrayLike, labels: ArrayLike, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    score, label = np.asarray(scores, np.float64), np.asarray(labels, np.int64)
    decided, member = np.asarray(decisions, np.bool_), np.asarray(membership, np.bool_)
    if not score.shape == decided.shape == member.shape == label.shape or score.ndim != 1:
        shapes = score.shape, decided.shape, member.shape, label.shape
        raise ValueError(f"Scores, decisions, membership and labels must all be (N,), not {shapes}.")
    if np.isnan(score).any():
        raise ValueError("A score is not a number; every candidate needs one.")
    if member.all() or not member.any():
        raise ValueError("An evaluation needs both members and non-members among the candidates.")
    if not 0 <= label.min() <= label.max() < classes:
        raise ValueError(f"Labels must index the {classes} classes.")
    return score, decided, member, label
