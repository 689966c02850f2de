"""The numbers that the paper gives, by what they are called, and where a result has them."""

from collections.abc import Mapping
from typing import Any

from attacker.paper import Metric
from attacker.statistics.percentiles import over_classes

PERCENTILES: dict[Metric, int] = {"median_precision": 50, "precision_75": 75, "precision_90": 90}
HEADINGS: dict[Metric, str] = {
    "train_accuracy": "training accuracy",
    "test_accuracy": "test accuracy",
    "accuracy": "attack accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
    "tpr_at_1_fpr": "TPR at 1 % FPR",
    "median_precision": "median precision",
    "precision_75": "precision, 75th percentile",
    "precision_90": "precision, 90th percentile",
}


def measured(metric: Metric, found: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """A rate {"value", "low", "high"} of an attack's entry in the result `found`, or of its target."""
    if metric in ("train_accuracy", "test_accuracy"):
        rate: Mapping[str, Any] = found["target"][metric]
    elif metric in PERCENTILES:
        rate = over_classes(precisions(entry), PERCENTILES[metric]).as_json()
    elif metric == "tpr_at_1_fpr":
        rate = entry["tpr_at_fpr"]["0.01"]
    else:
        rate = entry[metric]
    return rate


def precisions(entry: Mapping[str, Any]) -> list[float]:
    """The attack's precision on every class that it answers "member" on."""
    values = (one["precision"]["value"] for one in entry["per_class"])
    return [value for value in values if value is not None]
