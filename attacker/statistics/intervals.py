"""Every figure with its interval from one sample, as though its candidates were independent of each other."""

from collections.abc import Callable
from math import ceil, gcd

import numpy as np
from scipy.special import expit, logit, ndtri

from attacker.statistics.confusion import Bools, Confusion
from attacker.statistics.rates import TAIL, Estimate, Rate, clopper_pearson, rate
from attacker.statistics.roc import Counts, Floats, Roc, allowed_alarms, resolves

DRAWS = 10_000  # from a posterior, or of a bootstrap whose every draw takes two random numbers


def auc(roc: Roc) -> Estimate:
    """DeLong, DeLong & Clarke-Pearson 1988, on the logit scale (Pepe 2003), where it cannot leave [0, 1].

    Complete separation leaves it no variance to see. Then min(members, non-members) disjoint pairs, each
    ordered right with probability AUC, have their exact binomial interval.
    """
    value, members, non_members = roc.auc(), roc.members.sum(), roc.non_members.sum()
    # placements (U,): of non-members as a member sees them, of members as a non-member sees them
    below = 1 - (roc.false_positives[1:] - roc.non_members / 2) / non_members
    above = (roc.true_positives[1:] - roc.members / 2) / members
    variance = _variance_of_mean(below, roc.members, value) + _variance_of_mean(above, roc.non_members, value)
    if variance == 0:
        pairs = min(members, non_members)
        return Estimate(value, *clopper_pearson(value * pairs, pairs))
    return _on_logit_scale(value, np.sqrt(variance))


def mean(values: Floats) -> Estimate:
    """Of values in [0, 1]."""
    return _on_logit_scale(float(values.mean()), float(values.std()) / np.sqrt(max(values.size - 1, 1)))


def _on_logit_scale(value: float, error: float) -> Estimate:
    """The normal interval of what lies in [0, 1]; `error` is its standard error."""
    if error == 0:
        return Estimate(value, value, value)
    half_width = ndtri(1 - TAIL) * error / (value * (1 - value))
    return Estimate(value, float(expit(logit(value) - half_width)), float(expit(logit(value) + half_width)))


def _variance_of_mean(values: Floats, times: Counts, mean: float) -> float:
    """Of `values` (U,) that occur so many `times` (U,)."""
    n = times.sum()
    return float((times * (values - mean) ** 2).sum() / max(n - 1, 1) / n)


def tpr_at_fpr(roc: Roc, fpr: float, rng: np.random.Generator) -> Rate:
    """The largest TPR with empirical FPR at or under `fpr`, or how many non-members are needed to tell.

    The interval is a stratified percentile bootstrap that finds the threshold anew in every draw, widened to
    the exact one at the observed threshold: a bootstrap cannot draw what it has not seen.
    """
    members = int(roc.members.sum())
    if not resolves(fpr, int(roc.non_members.sum())):
        return Rate(None, None, None, None, members, needs=ceil(1 / fpr))
    count = roc.hits_at(fpr)
    low, high = np.quantile(_redrawn_tpr(roc, fpr, rng), [TAIL, 1 - TAIL])
    exact_low, exact_high = clopper_pearson(count, members)
    return Rate(count / members, min(float(low), exact_low), max(float(high), exact_high), count, members)


def _redrawn_tpr(roc: Roc, fpr: float, rng: np.random.Generator) -> Floats:
    """(DRAWS,): what drawing all members and all non-members anew would give, without drawing them.

    A draw may accept what scores above its (allowed + 1)-th highest non-member. Of N uniform draws from the
    sorted non-members that one has a Beta-distributed place; each member drawn is above it with the
    probability that a member of the sample is.
    """
    members, non_members = int(roc.members.sum()), int(roc.non_members.sum())
    allowed = allowed_alarms(fpr, non_members)
    if allowed >= non_members:
        return np.ones(DRAWS)
    place = (rng.beta(allowed + 1, non_members - allowed, DRAWS) * non_members).astype(np.int64)
    score = np.searchsorted(roc.false_positives[1:], place, side="right")  # of the first that is refused
    return rng.binomial(members, roc.true_positives[score] / members) / members


def shares(table: Confusion) -> dict[str, Rate]:
    """What is a share of a count, with its exact interval."""
    return {
        "accuracy": rate(table.right, table.members + table.non_members),
        "precision": rate(table.hits, table.positives),
        "recall": rate(table.hits, table.members),
        "fpr": rate(table.alarms, table.non_members),
    }


def posterior(table: Confusion, rng: np.random.Generator) -> Confusion:
    """(DRAWS,) tables: TPR and FPR each drawn from its Jeffreys posterior (Brown, Cai & DasGupta 2001).

    Unlike a bootstrap or the delta method, it leaves an interval its width when all decisions are right.
    """
    tpr = rng.beta(table.hits + 0.5, table.members - table.hits + 0.5, DRAWS)
    fpr = rng.beta(table.alarms + 0.5, table.non_members - table.alarms + 0.5, DRAWS)
    return Confusion(tpr * table.members, fpr * table.non_members, table.members, table.non_members)


def of_posterior(measure: Callable[[Confusion], Floats], table: Confusion, draws: Confusion) -> Estimate:
    """A measure of TPR and FPR, with the interval that its posterior draws leave it."""
    value = float(measure(table))
    if np.isnan(value):
        return Estimate(None, None, None)
    return drawn(value, measure(draws))


def drawn(value: float, draws: Floats) -> Estimate:
    """What was observed, with the interval of its posterior draws."""
    low, high = np.quantile(draws, [TAIL, 1 - TAIL])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def paired(a: Bools, b: Bools, among: Bools, rng: np.random.Generator) -> tuple[float, Floats]:
    """How much larger a share of those `among` is in a than in b, and (DRAWS,) draws of it.

    The shares in only the one and only the other come from their Dirichlet posterior with the prior that
    Jeffreys has for a rate, 1/2 each.
    """
    only_a, only_b, of = (int((found & among).sum()) for found in (a & ~b, b & ~a, among))
    shares = rng.dirichlet(np.array([only_a, only_b, of - only_a - only_b]) + 0.5, DRAWS)
    return (only_a - only_b) / of, shares[:, 0] - shares[:, 1]


def balanced_accuracy(table: Confusion, draws: Confusion) -> Rate:
    """(TPR + TNR) / 2; with as many members as non-members, `count` of `of` are the right decisions."""
    members, non_members = int(table.members), int(table.non_members)
    hits, rejections, scale = int(table.hits), non_members - int(table.alarms), gcd(members, non_members)
    count, of = (hits * non_members + rejections * members) // scale, 2 * members * non_members // scale
    return _counted(of_posterior(lambda t: t.balanced_accuracy, table, draws), count, of)


def f1(table: Confusion, draws: Confusion) -> Rate:
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
    estimate = of_posterior(lambda t: t.f1, table, draws)
    return _counted(estimate, 2 * int(table.hits), int(table.positives + table.members))


def _counted(estimate: Estimate, count: int, of: int) -> Rate:
    return Rate(count / of, estimate.low, estimate.high, count, of)
