"""Lower ends for the epsilon of differential privacy: a descriptive one, and a valid one of one training."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrc, betaincinv, expit, logit

from attacker.statistics.rates import LEVEL, TAIL
from attacker.statistics.roc import Counts, Floats, Roc

SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625)  # of the canaries, that a guess is made about
STEPS = 12  # of a bisection: to a four-thousandth of the bound


@dataclass(frozen=True)
class Epsilon:
    """`value` is 0 where nothing is shown; no result of such a sample, not even a perfect one, exceeds `cap`.

    guesses, right: what a lower bound is proved by; None for a descriptive one.
    """

    value: float
    kind: Literal["descriptive", "lower_bound"]
    level: float
    delta: float
    cap: float
    guesses: int | None = None
    right: int | None = None

    def as_json(self) -> dict[str, Any]:
        """{"value", "kind", "level", "delta", "cap"}, and "guesses", "right" of a lower bound."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def descriptive(roc: Roc, delta: float = 0.0) -> Epsilon:
    """The largest epsilon that any threshold's TPR and FPR speak for, at the ends of their exact intervals.

    max{ln((TPR - delta) / FPR), ln((TNR - delta) / FNR)} (Jagielski et al. 2020; Nasr et al. 2021). It
    describes a sample and bounds nothing: the best of many thresholds is taken, and the members of a game
    are not included independently of each other.
    """
    members, non_members = int(roc.members.sum()), int(roc.non_members.sum())
    hits, alarms = _corners(roc)
    value = _log_ratio(_low_end(hits, members), _low_end(non_members - alarms, non_members), delta)
    perfect = np.array([members]), np.array([non_members])
    cap = _log_ratio(_low_end(perfect[0], members), _low_end(perfect[1], non_members), delta)
    return Epsilon(value, "descriptive", LEVEL, delta, cap)


def _corners(roc: Roc) -> tuple[Counts, Counts]:
    """Hits and alarms (U,) at the thresholds right after a member and right before a non-member."""
    corner = np.append(True, roc.members > 0) & np.append(roc.non_members > 0, True)
    return roc.true_positives[corner], roc.false_positives[corner]


def _low_end(counts: Counts, of: int) -> Floats:
    """(U,): of the exact interval; the high end of what is left is 1 less that."""
    return np.where(counts > 0, betaincinv(np.maximum(counts, 1), of - counts + 1, TAIL), 0.0)


def _log_ratio(tpr: Floats, tnr: Floats, delta: float) -> float:
    """The best threshold's, from the low ends (U,); 0 at the least."""
    return float(np.log(max(((tpr - delta) / (1 - tnr)).max(), ((tnr - delta) / (1 - tpr)).max(), 1.0)))


def one_run(scores: ArrayLike, membership: ArrayLike, delta: float = 0.0, level: float = LEVEL) -> Epsilon:
    """A lower bound on epsilon that holds with probability `level`, from the scores of N canaries.

    Steinke, Nasr & Jagielski 2023, theorem 5.2: each canary (N,) was a member by its own fair coin, and the
    scores are computed without their coins. Under (epsilon, delta)-differential privacy the right ones among
    r guesses are hardly more than Binomial(r, e^epsilon / (1 + e^epsilon)). The guesses are fixed by rank:
    the surest share of the canaries, as many "member" from the top as "non-member" from the bottom, or
    "member" only; all are tried, each at an equal part of the level. Canaries of several targets are as good
    as of one, if every target has coins of its own; members drawn as just half of the candidates, or in
    pairs of targets, prove nothing. ValueError for shapes that differ.
    """
    score, member = np.asarray(scores, np.float64), np.asarray(membership, np.bool_)
    if score.shape != member.shape or score.ndim != 1 or not len(score):
        shapes = score.shape, member.shape
        raise ValueError(f"Scores and membership must both be (N,), not {shapes}.")
    canaries, ranked = len(score), member[np.argsort(-score, kind="stable")]
    guesses = _guesses(canaries)
    alpha = (1 - level) / len(guesses)
    proved = []
    for top, bottom in guesses:
        right = int(ranked[:top].sum() + (~ranked[canaries - bottom :]).sum())
        proved.append((_bound(top + bottom, right, canaries, delta, alpha), top + bottom, right))
    value, made, right = max(proved)
    cap = max(_bound(top + bottom, top + bottom, canaries, delta, alpha) for top, bottom in guesses)
    return Epsilon(value, "lower_bound", level, delta, cap, made, right)


def _guesses(canaries: int) -> list[tuple[int, int]]:
    """How many "member" from the top and "non-member" from the bottom: by the number of canaries alone."""
    sizes = [max(1, round(share * canaries)) for share in SHARES]
    return sorted({(r - r // 2, r // 2) for r in sizes} | {(r, 0) for r in sizes if r < canaries})


def _bound(guesses: int, right: int, canaries: int, delta: float, alpha: float) -> float:
    """The largest epsilon that is refuted, with delta, at the level alpha."""
    if right == 0:
        return 0.0
    pure = max(0.0, float(logit(betaincinv(right, guesses - right + 1, alpha))))
    if delta == 0 or pure == 0:
        return pure
    refuted, above = 0.0, pure
    for _ in range(STEPS):
        tried = (refuted + above) / 2
        if _p_value(guesses, right, canaries, tried, delta) <= alpha:
            refuted = tried
        else:
            above = tried
    return refuted


def _p_value(guesses: int, right: int, canaries: int, epsilon: float, delta: float) -> float:
    """How often so many are right under (epsilon, delta) at the most: theorem 5.2, for guesses of +-1."""
    q = expit(epsilon)
    beta = bdtrc(right - 1, guesses, q)  # of a binomial variable to be `right` at least
    steps = np.arange(1, right + 1)
    alpha = ((bdtrc(right - steps - 1, guesses, q) - beta) / steps).max()
    return float(beta + 2 * canaries * delta * alpha)
