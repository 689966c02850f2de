"""Scores, decisions and truth in; every figure of a result out, each with its interval and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from attacker.statistics import intervals
from attacker.statistics.calibration import Calibration, calibration
from attacker.statistics.confusion import Bools, Floats, confusion
from attacker.statistics.crossed import spread_over
from attacker.statistics.gap import BeyondGap, beyond_gap
from attacker.statistics.most_at_risk import CanaryFigures, canaries_alone, most_at_risk
from attacker.statistics.per_class import ClassEvaluation, per_class
from attacker.statistics.rates import Estimate, Rate
from attacker.statistics.roc import resolves, roc
from attacker.statistics.sample import judged, scored, truth
from attacker.statistics.spread import OwnValues, Spread

LOW_FPRS = (0.01, 0.001, 0.0001)
PRIORS = (0.01, 0.1, 0.5)


@dataclass(frozen=True)
class OwnFigures:
    """One target's own; None where its candidates cannot tell: not the FPR, or of one kind only."""

    auc: float | None
    balanced_accuracy: float | None
    tpr_at_fpr: dict[str, float | None]

    def as_json(self) -> dict[str, Any]:
        """{"auc", "balanced_accuracy", "tpr_at_fpr": {"0.01", "0.001", "0.0001"}}: numbers, or null."""
        return {
            "auc": self.auc,
            "balanced_accuracy": self.balanced_accuracy,
            "tpr_at_fpr": self.tpr_at_fpr,
        }


@dataclass(frozen=True)
class Evaluation:
    """What one attack came to on all targets. All rates are fractions; `roc` has (FPR, TPR) points.

    most_at_risk is the precision among those scored highest. per_target is empty for one target; gap,
    calibration and canaries are None where they were not asked for, or there are none to tell apart.
    """

    auc: Estimate
    balanced_accuracy: Rate
    accuracy: Rate
    precision: Rate
    recall: Rate
    f1: Rate
    fpr: Rate
    tpr_at_fpr: dict[str, Rate]
    precision_at_prior: dict[str, Estimate]
    most_at_risk: Rate
    per_class: tuple[ClassEvaluation, ...]
    roc: tuple[tuple[float, float], ...]
    per_target: tuple[OwnFigures, ...] = ()
    gap: BeyondGap | None = None
    calibration: Calibration | None = None
    canaries: CanaryFigures | None = None

    def as_json(self) -> dict[str, Any]:
        """The members above by their names; a rate is {"value", "low", "high", "count", "of"}.

        "auc" and each of "precision_at_prior" (keys "0.01", "0.1", "0.5") are {"value", "low", "high"};
        "tpr_at_fpr" has the keys "0.01", "0.001", "0.0001", and a rate that the sample cannot resolve is
        null and has "needs". "per_target", "gap", "calibration" and "canaries" are left out where there is
        none.
        """
        rates = ("balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr", "most_at_risk")
        by_key = ("tpr_at_fpr", "precision_at_prior")
        document = {
            "auc": self.auc.as_json(),
            **{name: getattr(self, name).as_json() for name in rates},
            **{name: {key: v.as_json() for key, v in getattr(self, name).items()} for name in by_key},
            "per_class": [evaluation.as_json() for evaluation in self.per_class],
            "roc": [list(point) for point in self.roc],
        }
        if self.per_target:
            document["per_target"] = [figures.as_json() for figures in self.per_target]
        if self.gap:
            document["gap"] = self.gap.as_json()
        if self.calibration:
            document["calibration"] = self.calibration.as_json()
        if self.canaries:
            document["canaries"] = self.canaries.as_json()
        return document


def evaluate(
    scores: ArrayLike,
    decisions: ArrayLike,
    membership: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str],
    rng: np.random.Generator,
    *,
    right: ArrayLike | None = None,
    probabilities: bool = False,
    canaries: ArrayLike | None = None,
) -> Evaluation:
    """Judge one attack on T targets that share N candidates: all arrays (T, N), or (N,) for one target.

    scores: higher for likelier members, and `probabilities` of it or not. labels: (N,), indices of the
    classes. right: whether the target labels the candidate rightly. canaries: (N,), which are judged by
    themselves too. All targets' candidates are one sample; its intervals are widened to what targets and
    records differ in (`crossed`). ValueError for shapes that differ, scores that are not numbers, or
    candidates of one kind only.
    """
    label = np.asarray(labels, np.int64)
    member = truth(membership)
    score, decided = scored(scores, member), judged(decisions, member)
    if label.shape != member.shape[1:] or not 0 <= label.min() <= label.max() < len(classes):
        raise ValueError(f"Labels must be (N,) and index the {len(classes)} classes.")
    planted = np.zeros(label.shape, np.bool_) if canaries is None else np.asarray(canaries, np.bool_)
    if planted.shape != label.shape:
        raise ValueError(f"Canaries must be (N,), not {planted.shape}.")
    spread, curve = spread_over(score.shape, rng), roc(score, member)
    ranked = spread.ranked(score, member, LOW_FPRS)
    return Evaluation(
        auc=spread.widened(intervals.auc(curve), ranked.auc),
        **_decided(decided, member, spread, rng),
        tpr_at_fpr={
            f"{fpr:g}": spread.widened(intervals.tpr_at_fpr(curve, fpr, rng), values)
            for fpr, values in zip(LOW_FPRS, ranked.tpr, strict=True)
        },
        most_at_risk=most_at_risk(score, member, spread),
        per_class=per_class(decided, member, label, classes, spread),
        roc=tuple(curve.points()),
        per_target=_own_figures(score, decided, member) if len(score) > 1 else (),
        gap=None if right is None else beyond_gap(decided, judged(right, member), member, spread, rng),
        calibration=calibration(score, member, spread) if probabilities else None,
        canaries=canaries_alone(score[:, planted], decided[:, planted], member[:, planted], rng),
    )


def _decided(decisions: Bools, membership: Bools, spread: Spread, rng: np.random.Generator) -> dict[str, Any]:
    """What hangs on the decisions alone, over all classes."""
    pooled, spreading = confusion(decisions, membership), spread.confusion(decisions, membership)
    draws = intervals.posterior(pooled, rng)
    rates = intervals.shares(pooled) | {
        "balanced_accuracy": intervals.balanced_accuracy(pooled, draws),
        "f1": intervals.f1(pooled, draws),
    }
    restated = {
        f"{prior:g}": spread.widened(
            intervals.of_posterior(methodcaller("precision_at", prior), pooled, draws),
            spreading.precision_at(prior),
        )
        for prior in PRIORS
    }
    wide = {name: spread.widened(found, getattr(spreading, name)) for name, found in rates.items()}
    return wide | {"precision_at_prior": restated}


def _own_figures(scores: Floats, decisions: Bools, membership: Bools) -> tuple[OwnFigures, ...]:
    own = OwnValues()
    ranked, decided = own.ranked(scores, membership, LOW_FPRS), own.confusion(decisions, membership)
    non_members = decided.non_members.astype(np.int64)
    return tuple(
        OwnFigures(
            _number(ranked.auc[target]),
            _number(decided.balanced_accuracy[target]),
            {
                f"{fpr:g}": _number(tpr[target]) if resolves(fpr, int(non_members[target])) else None
                for fpr, tpr in zip(LOW_FPRS, ranked.tpr, strict=True)
            },
        )
        for target in range(len(membership))
    )


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
