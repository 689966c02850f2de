"""One sample's statistics against slow, obvious loops, and the coverage that their intervals promise."""

from itertools import product

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import binomtest

from attacker.statistics import intervals
from attacker.statistics.confusion import confusion
from attacker.statistics.rates import clopper_pearson, rate
from attacker.statistics.roc import accepted, allowed_alarms, roc


def game(seed, members=60, non_members=80, shift=1.0, decimals=1):
    """Scores with many ties, and the truth, shuffled."""
    rng = np.random.default_rng(seed)
    membership = rng.permutation(np.arange(members + non_members) < members)
    return np.round(rng.standard_normal(len(membership)) + shift * membership, decimals), membership


# Rates


@pytest.mark.parametrize(("count", "of"), [(0, 7), (3, 7), (7, 7), (1, 1), (816, 1189)])
def test_a_rate_has_the_exact_binomial_interval(count, of):
    expected = binomtest(count, of).proportion_ci(0.95, method="exact")
    observed = rate(count, of)
    assert (observed.value, observed.count, observed.of) == (count / of, count, of)
    assert (observed.low, observed.high) == pytest.approx((expected.low, expected.high))


def test_a_rate_of_nothing_is_no_rate():
    assert rate(0, 0).as_json() == {
        "value": None,
        "low": None,
        "high": None,
        "count": 0,
        "of": 0,
        "needs": 1,
    }


def test_no_alarm_among_n_bounds_the_rate_near_three_over_n():
    assert clopper_pearson(0, 1200)[1] == pytest.approx(3.7 / 1200, rel=0.01)  # two-sided: 3.7, one-sided: 3


# ROC


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_the_share_of_pairs_ordered_right_with_ties_a_half(seed):
    scores, membership = game(seed)
    pairs = [(m > n) + (m == n) / 2 for m in scores[membership] for n in scores[~membership]]
    assert roc(scores, membership).auc() == pytest.approx(np.mean(pairs), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fpr", [0.0125, 0.05, 0.1, 0.29, 1.0])
def test_tpr_at_an_fpr_is_the_best_of_all_thresholds_that_keep_it(seed, fpr):
    scores, membership = game(seed)
    allowed = [
        np.sum(scores[membership] >= threshold)
        for threshold in [*scores, np.inf]
        if np.mean(scores[~membership] >= threshold) <= fpr
    ]
    observed = intervals.tpr_at_fpr(roc(scores, membership), fpr, np.random.default_rng(0))
    assert observed.count == max(allowed)
    assert observed.of == 60


def test_tied_scores_are_not_split_to_please_an_fpr():
    scores, membership = np.ones(200), np.arange(200) < 100
    observed = intervals.tpr_at_fpr(roc(scores, membership), 0.01, np.random.default_rng(0))
    assert observed.value == 0.0


def test_an_fpr_that_the_sample_cannot_resolve_is_reported_so():
    few, enough = (roc(*game(0, members=100, non_members=n)) for n in (999, 1000))
    rng = np.random.default_rng(0)
    assert intervals.tpr_at_fpr(few, 0.001, rng).as_json() == {
        "value": None,
        "low": None,
        "high": None,
        "count": None,
        "of": 100,
        "needs": 1000,
    }
    assert intervals.tpr_at_fpr(enough, 0.001, rng).value is not None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fpr", [0.01, 0.05, 0.5, 1.0])
def test_whom_the_threshold_at_an_fpr_accepts_is_as_many_as_the_curve_says(seed, fpr):
    scores, membership = game(seed)
    found = accepted(scores, membership, fpr)
    assert (found & membership).sum() == roc(scores, membership).hits_at(fpr)
    assert np.mean(found[~membership]) <= fpr


def test_so_many_alarms_are_allowed_as_the_rate_of_as_many_is():
    wrong = [(k, n) for n in range(1, 300) for k in range(n + 1) if allowed_alarms(k / n, n) != k]
    assert wrong == []
    assert (allowed_alarms(0.29, 100), allowed_alarms(0.0001, 24_000)) == (29, 2)


def test_roc_points_are_few_ordered_and_keep_the_low_end():
    scores, membership = game(1, members=3000, non_members=3000, decimals=9)
    curve = roc(scores, membership)
    points = np.array(curve.points())
    assert len(points) <= 200
    assert points[0].tolist() == [0.0, 0.0]
    assert points[-1].tolist() == [1.0, 1.0]
    assert (np.diff(points, axis=0) >= 0).all()
    for fpr in (1 / 3000, 0.001, 0.01):
        best = curve.hits_at(fpr) / 3000
        assert points[points[:, 0] <= fpr, 1].max() == pytest.approx(best, abs=0.01)


# Intervals


def test_delong_is_the_variance_of_the_placements():
    scores, membership = game(3)
    members, others = scores[membership], scores[~membership]
    below = [np.mean([(m > n) + (m == n) / 2 for n in others]) for m in members]
    above = [np.mean([(m > n) + (m == n) / 2 for m in members]) for n in others]
    variance = np.var(below, ddof=1) / len(members) + np.var(above, ddof=1) / len(others)
    auc = np.mean(below)
    found = intervals.auc(roc(scores, membership))
    half_width = 1.959964 * np.sqrt(variance) / (auc * (1 - auc))
    assert logit(found.high) - logit(found.low) == pytest.approx(2 * half_width)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(auc)


def test_complete_separation_is_not_certainty():
    membership = np.arange(40) < 20
    auc = intervals.auc(roc(membership.astype(float), membership))
    assert (auc.value, auc.low, auc.high) == (1.0, pytest.approx(0.025 ** (1 / 20)), 1.0)
    table = confusion(membership, membership)
    drawn = intervals.posterior(table, np.random.default_rng(0))
    others = intervals.balanced_accuracy(table, drawn), intervals.f1(table, drawn)
    for observed in (*others, *intervals.shares(table).values()):
        assert 0.75 < observed.low < observed.value == observed.high == 1.0 or observed.value == 0.0


def test_the_bootstrap_is_the_obvious_loop():
    scores, membership = game(5, members=300, non_members=300, shift=2.0, decimals=0)
    members, others = scores[membership], scores[~membership]
    rng, draws = np.random.default_rng(7), []
    for _ in range(1000):
        m, n = rng.choice(members, 300), rng.choice(others, 300)
        thresholds = np.append(np.unique(scores), np.inf)
        kept = thresholds[[np.mean(n >= threshold) <= 0.05 for threshold in thresholds]].min()
        draws.append(np.mean(m >= kept))
    observed = intervals.tpr_at_fpr(roc(scores, membership), 0.05, np.random.default_rng(0))
    low, high = np.quantile(draws, [0.025, 0.975])
    assert observed.low == pytest.approx(low, abs=0.03)
    assert observed.high == pytest.approx(high, abs=0.03)


def test_a_bootstrap_draws_what_all_samples_that_can_be_drawn_would_give():
    members, others = np.array([4.0, 2.0, 1.0]), np.array([3.0, 2.0, 0.0])
    expected = []
    for m in product(members, repeat=3):
        for n in product(others, repeat=3):
            refused = sorted(n)[-2]  # one false alarm in three is allowed
            expected.append(np.mean(np.array(m) > refused))
    curve = roc(np.append(members, others), np.arange(6) < 3)
    drawn = intervals._redrawn_tpr(curve, 1 / 3, np.random.default_rng(0))
    for tpr in (0, 1 / 3, 2 / 3, 1):
        assert np.mean(np.isclose(drawn, tpr)) == pytest.approx(np.mean(np.isclose(expected, tpr)), abs=0.02)


@pytest.mark.parametrize("name", ["auc", "balanced_accuracy", "f1", "tpr_at_fpr"])
def test_an_interval_covers_the_truth_as_often_as_it_says(name):
    members, others = np.random.default_rng(0).standard_normal((2, 400_000))
    truth = {
        "auc": np.mean(members + 1 > others),
        "balanced_accuracy": (np.mean(members + 1 > 0.5) + np.mean(others <= 0.5)) / 2,
        "f1": 2 * np.mean(members > -0.5) / (np.mean(members > -0.5) + np.mean(others > 0.5) + 1),
        "tpr_at_fpr": np.mean(members + 1 > np.quantile(others, 0.95)),
    }[name]
    covered = 0
    for seed in range(200):
        scores, membership = game(seed, 200, 200, decimals=9)
        rng = np.random.default_rng(seed)
        if name == "auc":
            observed = intervals.auc(roc(scores, membership))
        elif name == "tpr_at_fpr":
            observed = intervals.tpr_at_fpr(roc(scores, membership), 0.05, rng)
        else:
            table = confusion(scores > 0.5, membership)
            observed = getattr(intervals, name)(table, intervals.posterior(table, rng))
        covered += observed.low <= truth <= observed.high
    assert covered >= 175  # 95 % of 200 is 190, less five standard errors
