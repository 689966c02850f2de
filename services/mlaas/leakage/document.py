"""An assessment as the owner of a model reads it: plain words first, the numbers behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.assessing.alternatives import Alternative
from services.mlaas.assessing.assessment import Assessment
from services.mlaas.assessing.measuring import Figures
from services.mlaas.leakage.choice import what_it_gave
from services.mlaas.leakage.levels import level, stated

FPRS = (0.01, 0.001)
MOST_ROWS = 20
MOST_CLASSES = 10
VERDICTS = ("lowers the risk", "no clear difference", "raises the risk")

Scores = Mapping[str, Mapping[str, float]]


def document(
    assessment: Assessment, profile: str, rows: NDArray[np.int64], unknown: int, scores: Scores | None
) -> dict[str, Any]:
    """What is kept and shown.

    rows: (M,) of the owner's dataset, those trained on. unknown: held-out records left out, being of classes
    that the model does not know. scores: of what a profile chose among by accuracy and leakage, else None.
    """
    own = assessment.own.figures
    others = sorted(map(alternative, assessment.alternatives), key=promising)
    return {
        "headline": headline(own),
        "level": level(own),
        "levels": stated(),
        "profile": profile,
        "method": method(assessment),
        "records": records(assessment, unknown),
        **{name: own[name] for name in ("attack", "advantage", "auc", "tpr_at_fpr")},
        "accuracy": accuracy(own),
        "records_at_risk": at_risk(assessment, rows),
        "classes_at_risk": classes_at_risk(own),
        "epsilon": epsilon(own["epsilon"], assessment.lower_bound),
        "advice": advice(others),
        "alternatives": others,
        "not_assessed": [{"profile": each.profile, "reason": each.reason} for each in assessment.unassessed],
        "choice": None if scores is None else what_it_gave(scores),
        "roc": own["roc"],
    }


def headline(own: Figures) -> str:
    told = own["tpr_at_fpr"]["0.01"]
    if told["value"] is None:
        right = (1 + own["advantage"]["value"]) / 2
        return (
            f"An outsider who can ask this model is right about {1000 * right:.0f} of 1,000 records when "
            "telling which it was trained on; guessing is right about 500."
        )
    chance = "" if told["low"] > 0.01 else ", which is no more than by chance"
    return (
        f"An outsider who can ask this model can tell {1000 * told['value']:.0f} of 1,000 training records "
        f"from records that it never saw, with 1 false alarm in 100{chance}."
    )


def method(assessment: Assessment) -> str:
    evidence = assessment.evidence
    return (
        f"{len(evidence.shadows)} models were trained under the same profile, each on "
        f"{int(evidence.shadows[0].learned.sum()):,} of the training and held-out records. Their answers "
        "show how a record is answered that was learned, and one that was not; the attack holds the model's "
        "answers against them. No outsider knows more, and most know less."
    )


def records(assessment: Assessment, unknown: int) -> dict[str, int]:
    pool, member = assessment.evidence.pool, assessment.evidence.member
    return {
        "training": int(pool.member.sum()),
        "held_out": int((~pool.member).sum()),
        "training_asked_about": int(member.sum()),
        "held_out_asked_about": int((~member).sum()),
        "held_out_of_unknown_classes": unknown,
        "learned_by_each_comparison": int(assessment.evidence.shadows[0].learned.sum()),
    }


def accuracy(own: Figures) -> dict[str, Any]:
    training, held_out = own["training_accuracy"], own["held_out_accuracy"]
    return {"training": training, "held_out": held_out, "gap": training["value"] - held_out["value"]}


def at_risk(assessment: Assessment, rows: NDArray[np.int64]) -> dict[str, Any]:
    """How many training records are told at low false alarm shares, and the rows told most surely."""
    asked = int(assessment.evidence.member.sum())
    told = {f"{fpr:g}": assessment.detected(fpr) for fpr in FPRS}
    surest = next((found for found in reversed(told.values()) if found is not None and len(found)), None)
    return {
        "told_at_fpr": {fpr: None if found is None else len(found) for fpr, found in told.items()},
        "of": asked,
        "most_exposed_rows": [] if surest is None else rows[surest[:MOST_ROWS]].tolist(),
    }


def classes_at_risk(own: Figures) -> list[dict[str, Any]]:
    """By what the attack finds in them beyond its false alarms; those with few records come last."""
    found = [
        {
            "class": each["class"],
            "training_records": each["members"],
            "told": each["recall"],
            "false_alarms": each["fpr"],
            "advantage": each["recall"]["value"] - each["fpr"]["value"],
            "few_records": each.get("small", False),
        }
        for each in own["per_class"]
        if each["members"] and each["non_members"]
    ]
    return sorted(found, key=lambda one: (one["few_records"], -one["advantage"]))[:MOST_CLASSES]


def epsilon(described: Figures, proved: Figures) -> dict[str, Any]:
    """Lower ends for the epsilon of differential privacy, marked by what each is good for."""
    return {
        "descriptive": {
            "value": described["value"],
            "most_possible": described["cap"],
            "meaning": "What the best threshold on this model's records speaks for; it describes them and "
            "proves nothing.",
        },
        "valid": {
            "value": proved["value"],
            "most_possible": proved["cap"],
            "level": proved["level"],
            "meaning": "Training under this profile on such records does not keep differential privacy with "
            "a smaller epsilon: so says one more model, whose records were chosen by coins.",
        },
    }


def alternative(each: Alternative) -> dict[str, Any]:
    """Another profile beside the model's own, both measured in the same way."""
    kept = ("advantage", "auc", "tpr_at_fpr", "held_out_accuracy")
    return {
        "profile": each.profile,
        "verdict": verdict(each),
        "level": level(each.figures),
        "accuracy_change": change(each, "held_out_accuracy"),
        "advantage_change": change(each, "advantage"),
        "trained_anew": each.trained_anew,
        **{name: each.figures[name] for name in kept},
        "own": {name: each.own[name] for name in kept if name in each.own},
    }


def promising(other: Mapping[str, Any]) -> tuple[int, float]:
    return VERDICTS.index(other["verdict"]), other["advantage_change"]


def advice(others: Sequence[Mapping[str, Any]]) -> str:
    """What to try first: of the profiles that lower the risk, the most effective and the most accurate."""
    lowering = [other for other in others if other["verdict"] == VERDICTS[0]]
    if not lowering:
        return (
            "No other profile that was assessed is sure to lower the risk; fewer answers to fewer people do."
        )
    most, cheapest = lowering[0], max(lowering, key=lambda other: other["accuracy_change"])
    if most is cheapest:
        return f"Most effective and least costly: {effect(most)}."
    return f"Most effective: {effect(most)}. Least costly: {effect(cheapest)}."


def effect(other: Mapping[str, Any]) -> str:
    """What would change, in a clause."""
    ours, theirs = (100 * one["advantage"]["value"] for one in (other["own"], other))
    return (
        f"{other['profile']} would bring the advantage from {ours:.0f} % to {theirs:.0f} % and change the "
        f"accuracy by {100 * other['accuracy_change']:+.1f} points"
    )


def change(each: Alternative, name: str) -> float:
    difference: float = each.figures[name]["value"] - each.own[name]["value"]
    return difference


def verdict(each: Alternative) -> str:
    """Whether the risk is another for certain: the intervals of the advantage, or of the TPR, lie apart."""
    pairs = [(each.figures["advantage"], each.own["advantage"])]
    if each.figures["tpr_at_fpr"]["0.01"]["value"] is not None:
        pairs.append((each.figures["tpr_at_fpr"]["0.01"], each.own["tpr_at_fpr"]["0.01"]))
    if any(theirs["low"] > ours["high"] for theirs, ours in pairs):
        return VERDICTS[2]
    if any(theirs["high"] < ours["low"] for theirs, ours in pairs):
        return VERDICTS[0]
    return VERDICTS[1]
