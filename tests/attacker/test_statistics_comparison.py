"""Two attacks held against each other on the same candidates."""

import json

import numpy as np
import pytest
from scipy.stats import norm, ttest_rel

from attacker.statistics import crossed
from attacker.statistics.comparison import compare
from attacker.statistics.roc import roc


def pair(seed, targets, records=200, shifts=(1.5, 1.0), shared=0.8):
    """Two attacks' scores (T, N) that share most of their noise, and membership."""
    rng = np.random.default_rng(seed)
    membership = np.stack([rng.permutation(records) < records // 2 for _ in range(targets)])
    common = rng.standard_normal(membership.shape)
    a, b = (
        np.sqrt(shared) * common
        + np.sqrt(1 - shared) * rng.standard_normal(common.shape)
        + shift * membership
        for shift in shifts
    )
    return a, b, membership


@pytest.mark.parametrize("targets", [1, 4, 20])
def test_the_difference_is_that_of_the_pooled_figures_and_turns_with_the_order(targets):
    a, b, membership = pair(0, targets)
    found = compare(a, b, membership, np.random.default_rng(0))
    one, other = (roc(scores, membership) for scores in (a, b))
    assert found.auc.value == pytest.approx(one.auc() - other.auc())
    found_tpr = found.tpr_at_fpr["0.01"]
    assert found_tpr.value == pytest.approx((one.hits_at(0.01) - other.hits_at(0.01)) / membership.sum())
    assert found.auc.low < found.auc.value < found.auc.high
    assert found_tpr.low < found_tpr.value < found_tpr.high
    turned = compare(b, a, membership, np.random.default_rng(0))
    assert turned.auc.value == pytest.approx(-found.auc.value)
    assert turned.auc.low == pytest.approx(-found.auc.high, abs=0.01)


def test_for_one_target_it_is_delongs_paired_variance():
    a, b, membership = pair(1, 1, records=60)
    member = membership[0]

    def placements(scores):
        below = [np.mean((m > scores[~member]) + (m == scores[~member]) / 2) for m in scores[member]]
        above = [np.mean((scores[member] > n) + (scores[member] == n) / 2) for n in scores[~member]]
        return np.array(below), np.array(above)

    (below_a, above_a), (below_b, above_b) = placements(a[0]), placements(b[0])
    variance = np.cov(below_a, below_b) / 30 + np.cov(above_a, above_b) / 30
    error = np.sqrt(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1])
    found = compare(a, b, membership, np.random.default_rng(0)).auc
    assert (found.high - found.low) / 2 == pytest.approx(norm.ppf(0.975) * error)


def test_below_twenty_targets_it_is_as_wide_as_a_paired_t_test_at_least():
    for seed in range(5):
        a, b, membership = pair(seed, 4, records=100, shifts=(1.2, 1.1), shared=0.5)
        aucs = [[roc(s, m).auc() for s, m in zip(of, membership, strict=True)] for of in (a, b)]
        expected = ttest_rel(*aucs).confidence_interval()
        found = compare(a, b, membership, np.random.default_rng(0)).auc
        assert found.high - found.low > 0.98 * (expected.high - expected.low)


@pytest.mark.parametrize(("targets", "records"), [(1, 200), (5, 40), (20, 40)])
def test_alike_attacks_are_told_apart_no_more_often_than_the_level_says(targets, records, monkeypatch):
    monkeypatch.setattr(crossed, "DRAWS", 200)
    wrong = {"auc": 0, "tpr": 0}
    for seed in range(40):
        a, b, membership = pair(seed, targets, records, shifts=(1.0, 1.0))
        found = compare(a, b, membership, np.random.default_rng(seed))
        wrong["auc"] += found.auc.excludes_zero
        wrong["tpr"] += found.tpr_at_fpr["0.01"].excludes_zero
    assert max(wrong.values()) <= 8  # 5 % of 40 is 2, and five standard errors


@pytest.mark.parametrize("targets", [1, 5, 20])
def test_a_better_attack_is_told_from_a_worse_one(targets):
    found = compare(*pair(2, targets, records=600, shifts=(2.5, 1.0)), np.random.default_rng(0))
    assert found.auc.excludes_zero
    assert found.tpr_at_fpr["0.01"].excludes_zero


def test_attacks_that_both_separate_completely_are_not_known_to_be_the_same():
    membership = np.arange(80) < 40
    found = compare(membership + 0.0, membership * 2.0, membership, np.random.default_rng(0)).auc
    assert found.value == 0
    assert -0.1 < found.low < 0 < found.high < 0.1


def test_too_few_non_members_leave_the_difference_in_tpr_open():
    a, b, membership = pair(0, 1, records=100)
    told = compare(a, b, membership, np.random.default_rng(0)).as_json()
    assert told["tpr_at_fpr"] == {
        "0.01": {"value": None, "low": None, "high": None, "excludes_zero": False, "needs": 100}
    }
    assert list(told["auc"]) == ["value", "low", "high", "excludes_zero"]
    assert json.loads(json.dumps(told)) == told


def test_a_comparison_depends_on_nothing_but_its_arguments():
    first, second = (compare(*pair(3, 3), np.random.default_rng(1)) for _ in range(2))
    assert first == second


def test_scores_of_other_candidates_are_refused():
    a, b, membership = pair(0, 2)
    with pytest.raises(ValueError, match="Scores and membership"):
        compare(a, b[:1], membership, np.random.default_rng(0))
