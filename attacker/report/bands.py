"""Intervals along a ROC curve, found at every false positive rate as a result's TPRs at low FPRs are."""

import numpy as np
from numpy.typing import NDArray

from attacker.statistics import intervals
from attacker.statistics.confusion import Bools, Floats
from attacker.statistics.crossed import spread_over
from attacker.statistics.roc import roc

Points = list[dict[str, float]]


def band(scores: Floats, membership: Bools, rng: np.random.Generator) -> Points:
    """[{"fpr", "tpr", "low", "high"}], pointwise, of scores and membership (T, N).

    At each FPR the bootstrap finds the threshold anew; several targets widen it to what they and the records
    differ in (`attacker/statistics/crossed.py`). Below the lowest FPR that the sample resolves there is none.
    """
    curve, spread = roc(scores, membership), spread_over(membership.shape, rng)
    places = grid(int((~membership).sum()))
    found = []
    for fpr, values in zip(places, spread.ranked(scores, membership, list(places)).tpr, strict=True):
        rate = spread.widened(intervals.tpr_at_fpr(curve, fpr, rng), values)
        if rate.value is not None and rate.low is not None and rate.high is not None:
            found.append({"fpr": float(fpr), "tpr": rate.value, "low": rate.low, "high": rate.high})
    return found


def grid(non_members: int) -> NDArray[np.float64]:
    """From one false alarm up: dense where rates are low, and even above."""
    low = np.geomspace(1 / non_members, 1, 24)
    return np.unique(np.concatenate([low, np.linspace(0.05, 1, 20)]).round(12).clip(1 / non_members, 1))
