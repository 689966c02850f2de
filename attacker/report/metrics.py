"""The numbers that the paper gives, by what they are called, and where a result has them."""

from collections.abc import Mapping
from typing import Any

from attacker.paper import Metric
from attacker.statistics.percentiles import over_classes

PERCENTILES: dict[Metric, int] = {"median_precision": 50, "precision_75": 75, "precision_90": 90}
AT_FPR: dict[Metric, str] = {"tpr_at_1_fpr": "0.01", "tpr_at_01_fpr": "0.001"}
NOT_KNOWN: Mapping[str, Any] = {"value": None}  # of what the challenger did not tell
HEADINGS: dict[Metric, str] = {
    "train_accuracy": "training accuracy",
    "test_accuracy": "test accuracy",
    "accuracy": "attack accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
    "fpr": "FPR",
    "tpr_at_1_fpr": "TPR at 1 % FPR",
    "tpr_at_01_fpr": "TPR at 0.1 % FPR",
    "most_at_risk": "members among the top 1 %",
    "canary_auc": "AUC on canaries",
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
    elif metric in AT_FPR:
        rate = entry["tpr_at_fpr"][AT_FPR[metric]]
    elif metric == "canary_auc":
        rate = entry["canaries"]["auc"] if "canaries" in entry else NOT_KNOWN
    else:
        rate = entry.get(metric, NOT_KNOWN)
    return rate


def precisions(entry: Mapping[str, Any]) -> list[float]:
    """The attack's precision on every class that it answers "member" on."""
    values = (one["precision"]["value"] for one in entry["per_class"])
    return [value for value in values if value is not None]
