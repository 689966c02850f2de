"""Intervals for what is not a plain share of a count: AUC, TPR at an FPR, balanced accuracy, F1."""

from collections.abc import Callable, Iterator
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from attacker.statistics.rates import TAIL, Rate, clopper_pearson
from attacker.statistics.roc import Counts, Floats, Roc

BOOTSTRAP_DRAWS = 1_000
POSTERIOR_DRAWS = 10_000
CELLS = 4_000_000  # of the bootstrap's largest table: what is held in memory at once


def auc_interval(roc: Roc) -> tuple[float, float]:
    """DeLong, DeLong & Clarke-Pearson 1988, on the logit scale (Pepe 2003), where it cannot leave [0, 1].

    Complete separation leaves it no variance to see. Then min(members, non-members) disjoint pairs, each
    ordered right with probability AUC, have their exact binomial interval.
    """
    auc, members, non_members = roc.auc(), roc.members.sum(), roc.non_members.sum()
    # placements (U,): of non-members as a member sees them, of members as a non-member sees them
    below = 1 - (roc.false_positives[1:] - roc.non_members / 2) / non_members
    above = (roc.true_positives[1:] - roc.members / 2) / members
    variance = _variance_of_mean(below, roc.members, auc) + _variance_of_mean(above, roc.non_members, auc)
    if variance == 0:
        pairs = min(members, non_members)
        return clopper_pearson(auc * pairs, pairs)
    half_width = ndtri(1 - TAIL) * np.sqrt(variance) / (auc * (1 - auc))
    return float(expit(logit(auc) - half_width)), float(expit(logit(auc) + half_width))


def _variance_of_mean(values: Floats, times: Counts, mean: float) -> float:
    """Of `values` (U,) that occur so many `times` (U,)."""
    n = times.sum()
    return float((times * (values - mean) ** 2).sum() / max(n - 1, 1) / n)


def tpr_at_fpr(roc: Roc, fpr: float, rng: np.random.Generator) -> Rate:
    """The largest TPR with empirical FPR at or under `fpr`, or how many non-members are needed to tell.

    The interval is a stratified percentile bootstrap that finds the threshold anew in every draw, widened to
    the exact one at the observed threshold: a bootstrap cannot draw what it has not seen.
    """
    members, non_members = int(roc.members.sum()), int(roc.non_members.sum())
    if 1 / non_members > fpr:
        return Rate(None, None, None, None, members, needs=ceil(1 / fpr))
    count = int(roc.true_positives[roc.operating_point(fpr)])
    low, high = np.quantile(np.concatenate(list(_redrawn_tpr(roc, fpr, rng))), [TAIL, 1 - TAIL])
    exact_low, exact_high = clopper_pearson(count, members)
    return Rate(count / members, min(float(low), exact_low), max(float(high), exact_high), count, members)


def _redrawn_tpr(roc: Roc, fpr: float, rng: np.random.Generator) -> Iterator[Floats]:
    """The TPR at that FPR in each bootstrap draw, a chunk of draws at a time."""
    widest = max(len(roc.members), int(roc.members.sum()), int(roc.non_members.sum()))
    chunk = max(1, CELLS // widest)
    for done in range(0, BOOTSTRAP_DRAWS, chunk):
        draws = min(chunk, BOOTSTRAP_DRAWS - done)
        true_positives = np.cumsum(_redraw(roc.members, draws, rng), axis=1)
        false_positives = np.cumsum(_redraw(roc.non_members, draws, rng), axis=1)
        judged = np.count_nonzero(false_positives / roc.non_members.sum() <= fpr, axis=1)
        hits = np.where(judged > 0, true_positives[np.arange(draws), judged - 1], 0)
        yield hits / roc.members.sum()


def _redraw(times: Counts, draws: int, rng: np.random.Generator) -> Counts:
    """As many records, drawn with replacement: how often each of the U scores comes, (draws, U)."""
    values = np.repeat(np.arange(len(times)), times)
    drawn = values[rng.integers(len(values), size=(draws, len(values)))]
    drawn += np.arange(draws)[:, None] * len(times)
    return np.bincount(drawn.ravel(), minlength=draws * len(times)).reshape(draws, len(times))


def balanced_accuracy(
    decisions: NDArray[np.bool_], membership: NDArray[np.bool_], rng: np.random.Generator
) -> Rate:
    """(TPR + TNR) / 2; with as many members as non-members, `count` of `of` are the right decisions."""
    members, non_members = int(membership.sum()), int((~membership).sum())
    hits, rejections = int((decisions & membership).sum()), int((~decisions & ~membership).sum())
    scale = gcd(members, non_members)
    count, of = (hits * non_members + rejections * members) // scale, 2 * members * non_members // scale
    low, high = _posterior_interval(lambda tpr, fpr: (tpr + 1 - fpr) / 2, decisions, membership, rng)
    return Rate(count / of, min(low, count / of), max(high, count / of), count, of)


def f1(decisions: NDArray[np.bool_], membership: NDArray[np.bool_], rng: np.random.Generator) -> Rate:
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
    members, non_members = int(membership.sum()), int((~membership).sum())
    count, of = 2 * int((decisions & membership).sum()), int(decisions.sum()) + members
    low, high = _posterior_interval(
        lambda tpr, fpr: 2 * members * tpr / (members * tpr + non_members * fpr + members),
        decisions,
        membership,
        rng,
    )
    return Rate(count / of, min(low, count / of), max(high, count / of), count, of)


def _posterior_interval(
    measure: Callable[[Floats, Floats], Floats],
    decisions: NDArray[np.bool_],
    membership: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Of a function of TPR and FPR, each drawn from its Jeffreys posterior (Brown, Cai & DasGupta 2001).

    Unlike a bootstrap's or the delta method's, it has a width when all decisions are right.
    """
    tpr, fpr = (
        rng.beta(decisions[kind].sum() + 0.5, (~decisions[kind]).sum() + 0.5, POSTERIOR_DRAWS)
        for kind in (membership, ~membership)
    )
    low, high = np.quantile(measure(tpr, fpr), [TAIL, 1 - TAIL])
    return float(low), float(high)
