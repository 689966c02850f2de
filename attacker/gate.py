"""A limit to what a model may leak, as a pipeline states it: `tpr@0.01=0.05`, `auc=0.6`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from attacker.errors import CannotAttack, ConfigurationError, LeaksTooMuch
from attacker.report.words import told
from attacker.statistics.evaluation import LOW_FPRS

RATES = ("auc", "balanced_accuracy", "accuracy", "precision", "recall", "f1")
AT = tuple(f"tpr@{fpr:g}" for fpr in LOW_FPRS)


@dataclass(frozen=True)
class Limit:
    """The most that a metric of the attack named in advance may be."""

    metric: str
    most: float

    @classmethod
    def read(cls, words: str) -> Self:
        """Raises ConfigurationError."""
        metric, _, most = words.rpartition("=")
        try:
            limit = cls(metric.strip(), float(most))
        except ValueError:
            limit = cls("", 0.0)
        if limit.metric not in (*RATES, *AT) or not 0 <= limit.most <= 1:
            raise ConfigurationError(
                f"--fail-above {words!r} is METRIC=RATE with a rate from 0 to 1; metrics are "
                f"{', '.join((*AT, *RATES))}."
            )
        return limit

    def check(self, result: Mapping[str, Any]) -> None:
        """Raises LeaksTooMuch, and CannotAttack where the candidates are too few to tell."""
        first = next(one for one in result["attacks"] if one["name"] == result["primary"])
        name, _, fpr = self.metric.partition("@")
        rate = first["tpr_at_fpr"][fpr] if fpr else first[name]
        if rate["value"] is None:
            raise CannotAttack(
                f"The {self.metric} of {first['name']} cannot be told: that takes {rate['needs']:,} "
                "non-members; give more candidates, or another --fail-above."
            )
        if rate["value"] > self.most:
            raise LeaksTooMuch(
                f"The model leaks: {self.metric} of {first['name']} is {told(rate)}, above {self.most:g}."
            )
