"""Classification reports: precision, recall and F1 of members and of non-members, for several classifiers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, confusion
from attacker.statistics.rates import Rate
from attacker.statistics.sample import judged, truth

Mix = Literal["balanced", "two_to_one"]


@dataclass(frozen=True)
class KindReport:
    """Of the members, or of the non-members. The precision of no answer is None."""

    precision: Rate
    recall: Rate
    f1: Rate
    support: int

    def as_json(self) -> dict[str, Any]:
        """{"precision": rate, "recall": rate, "f1": rate, "support"}."""
        rates = {name: getattr(self, name).as_json() for name in ("precision", "recall", "f1")}
        return rates | {"support": self.support}


@dataclass(frozen=True)
class ClassifierReport:
    """One classifier's; an average is of members and non-members, by one half each or by their support."""

    non_members: KindReport
    members: KindReport
    accuracy: Rate

    @property
    def only_member(self) -> bool:
        """Whether it calls everybody a member, which takes no attack."""
        return self.members.recall.value == 1 and self.non_members.recall.value == 0

    def average(self, weighted: bool) -> dict[str, float]:
        """{"precision", "recall", "f1"}; the precision of no answer counts as 0."""
        kinds = (self.non_members, self.members)
        weights = [kind.support if weighted else 1 for kind in kinds]
        return {
            name: float(np.average([getattr(kind, name).value or 0.0 for kind in kinds], weights=weights))
            for name in ("precision", "recall", "f1")
        }

    def as_json(self) -> dict[str, Any]:
        """{"0": kind, "1": kind, "accuracy": rate, "macro_avg", "weighted_avg", "only_member": bool}."""
        return {
            "0": self.non_members.as_json(),
            "1": self.members.as_json(),
            "accuracy": self.accuracy.as_json(),
            "macro_avg": self.average(weighted=False),
            "weighted_avg": self.average(weighted=True),
            "only_member": self.only_member,
        }


@dataclass(frozen=True)
class Classification:
    """Several classifiers' reports by name, on the same candidates."""

    mix: Mix
    reports: dict[str, ClassifierReport]

    @property
    def mean_f1(self) -> float:
        """Of the members' F1."""
        return float(np.mean([report.members.f1.value for report in self.reports.values()]))

    @property
    def mean_accuracy(self) -> float:
        return float(np.mean([report.accuracy.value for report in self.reports.values()]))

    def as_json(self) -> dict[str, Any]:
        """{"mix", "mean_f1", "mean_accuracy", "classifiers": {name: report}}."""
        return {
            "mix": self.mix,
            "mean_f1": self.mean_f1,
            "mean_accuracy": self.mean_accuracy,
            "classifiers": {name: report.as_json() for name, report in self.reports.items()},
        }


def classification(
    decisions: Mapping[str, ArrayLike], membership: ArrayLike, rng: np.random.Generator, mix: Mix = "balanced"
) -> Classification:
    """Every classifier's decisions and the membership, (N,) or (T, N), over all candidates as they are.

    With the mix `two_to_one` half of each target's non-members, drawn, are left out: of as many members as
    non-members come twice as many. Intervals are those of one sample. ValueError for shapes that differ
    or candidates of one kind only.
    """
    member = truth(membership)
    kept = np.ones_like(member) if mix == "balanced" else _two_to_one(member, rng)
    return Classification(
        mix,
        {
            name: _report(judged(decided, member)[kept], member[kept], rng)
            for name, decided in decisions.items()
        },
    )


def _two_to_one(membership: Bools, rng: np.random.Generator) -> Bools:
    kept = np.ones_like(membership)
    for target, members in zip(kept, membership, strict=True):
        others = np.flatnonzero(~members)
        target[rng.permutation(others)[: len(others) // 2]] = False
    return kept


def _report(decisions: Bools, membership: Bools, rng: np.random.Generator) -> ClassifierReport:
    table = confusion(decisions, membership)
    return ClassifierReport(
        _kind(~decisions, ~membership, rng),
        _kind(decisions, membership, rng),
        intervals.shares(table)["accuracy"],
    )


def _kind(answers: Bools, truth: Bools, rng: np.random.Generator) -> KindReport:
    table = confusion(answers, truth)
    shares = intervals.shares(table)
    f1 = intervals.f1(table, intervals.posterior(table, rng))
    return KindReport(shares["precision"], shares["recall"], f1, int(table.members))
