"""What a profile gained that chose by accuracy and leakage, in words that name nothing it chose among."""

from collections.abc import Mapping
from typing import Any


def what_it_gave(scores: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Of the scores of all that there was to choose among: the chosen one beside the most accurate one."""
    judged_last = max(one["records"] for one in scores.values())
    last = [one for one in scores.values() if one["records"] == judged_last]
    chosen = max(last, key=lambda one: one["accuracy"] * (1 - one["advantage"]))
    accurate = max(scores.values(), key=lambda one: one["accuracy"])
    return {
        "words": words(chosen, accurate),
        "chosen": shown(chosen),
        "by_accuracy_alone": shown(accurate),
    }


def words(chosen: Mapping[str, float], accurate: Mapping[str, float]) -> str:
    said = (
        "This profile weighs what a model gives away when it chooses. After learning "
        f"{chosen['records']:,} records, what it chose was right about {chosen['accuracy']:.1%} of those "
        f"kept aside, and gave a simple attack an advantage of {chosen['advantage']:.1%}"
    )
    if accurate is chosen:
        return f"{said}; by accuracy alone it would have chosen the same."
    return (
        f"{said}; by accuracy alone it would have been {accurate['accuracy']:.1%} and "
        f"{accurate['advantage']:.1%}."
    )


def shown(score: Mapping[str, float]) -> dict[str, float]:
    return {name: score[name] for name in ("accuracy", "advantage")}
