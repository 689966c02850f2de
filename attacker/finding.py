"""What one attack found, evaluated: figures with their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from attacker.errors import ConfigurationError
from attacker.statistics.per_class import ClassEvaluation
from attacker.statistics.rates import Estimate, Rate


@dataclass(frozen=True, eq=False)
class Finding:
    """An attack's entry in result.json, `document`, read."""

    name: str
    document: Mapping[str, Any]

    @property
    def auc(self) -> Estimate:
        return estimate(self.document["auc"])

    @property
    def balanced_accuracy(self) -> Estimate:
        return estimate(self.document["balanced_accuracy"])

    @property
    def precision(self) -> Rate:
        return rate(self.document["precision"])

    @property
    def recall(self) -> Rate:
        return rate(self.document["recall"])

    @property
    def fpr(self) -> Rate:
        """The share of non-members that it takes for members."""
        return rate(self.document["fpr"])

    def tpr_at(self, fpr: float) -> Rate:
        """The share of members found with false alarms for `fpr` of the others.

        Its value is None where the candidates are too few to tell. Raises ConfigurationError for an FPR that
        no evaluation has.
        """
        there = self.document["tpr_at_fpr"]
        if f"{fpr:g}" not in there:
            raise ConfigurationError(f"A result has the TPR at an FPR of {', '.join(there)}, not of {fpr:g}.")
        return rate(there[f"{fpr:g}"])

    @cached_property
    def per_class(self) -> dict[str, ClassEvaluation]:
        """Each class by its name."""
        return {
            one["class"]: ClassEvaluation(
                one["class"],
                one["members"],
                one["non_members"],
                rate(one["precision"]),
                rate(one["recall"]),
                rate(one["fpr"]),
            )
            for one in self.document["per_class"]
        }


def rate(found: Mapping[str, Any]) -> Rate:
    return Rate(found["value"], found["low"], found["high"], found["count"], found["of"], found.get("needs"))


def estimate(found: Mapping[str, Any]) -> Estimate:
    return Estimate(found["value"], found["low"], found["high"])
