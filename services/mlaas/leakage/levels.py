"""From numbers to words: how much a model leaks, by thresholds that the report states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]

NONE = "none found"


@dataclass(frozen=True)
class Level:
    """Both figures lie below: the advantage, and the TPR at an FPR of 1 %."""

    name: str
    advantage: float
    told: float


LEVELS = (
    Level("low", 0.10, 0.05),
    Level("moderate", 0.30, 0.15),
    Level("high", 0.60, 0.50),
    Level("very high", 2.0, 2.0),
)


def level(figures: Figures) -> str:
    """Of a model's figures; `NONE` where neither the advantage nor the TPR is above chance for certain."""
    advantage, told = figures["advantage"], figures["tpr_at_fpr"]["0.01"]
    shown = told["value"] is not None and told["low"] > 0.01
    if advantage["low"] <= 0 and not shown:
        return NONE
    value = told["value"] or 0.0
    return next(one.name for one in LEVELS if advantage["value"] < one.advantage and value < one.told)


def stated() -> dict[str, str]:
    """What each level means."""
    meanings = {NONE: "neither figure is above chance for certain"}
    for one in LEVELS[:-1]:
        meanings[one.name] = (
            f"an advantage below {one.advantage:.0%}, and fewer than {one.told:.0%} of the training records "
            "told with 1 false alarm in 100"
        )
    return meanings | {LEVELS[-1].name: "more than that"}
