"""The controls: at chance where nothing was learned, and not where something was."""

import json

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from attacker.statistics import controls
from attacker.statistics.controls import blind_baseline, null_control
from attacker.statistics.roc import roc


def halves(rng, targets, records):
    """(T, N), antithetic pairs."""
    membership = np.stack([rng.permutation(records) < records // 2 for _ in range(targets)])
    membership[1::2] = ~membership[: targets // 2 * 2 : 2]
    return membership


def attacks(rng, count, targets, records):
    """Scores that agree much, as attacks on the same answers do, and have nothing to do with membership."""
    common = rng.standard_normal((targets, records))
    return {f"attack {k}": common + 0.3 * rng.standard_normal(common.shape) for k in range(count)}


# The null game


@pytest.mark.parametrize("decimals", [0, 9])
def test_an_attacks_auc_is_the_mean_of_its_targets(decimals):
    rng = np.random.default_rng(0)
    scores, membership = np.round(rng.standard_normal((3, 50)), decimals), halves(rng, 3, 50)
    found = null_control({"one": scores}, membership, rng, alpha=0.05).auc["one"]
    assert found.value == pytest.approx(
        np.mean([roc(*of).auc() for of in zip(scores, membership, strict=True)])
    )


def test_shuffling_gives_one_attack_the_p_value_of_mann_and_whitney():
    rng = np.random.default_rng(1)
    membership = np.arange(200) < 100
    scores = rng.standard_normal(200) + 0.2 * membership
    found = null_control({"one": scores}, membership, rng)
    expected = mannwhitneyu(scores[membership], scores[~membership]).pvalue
    assert found.p["one"] == pytest.approx(expected, abs=0.05)


def test_all_attacks_together_fail_a_null_game_no_more_often_than_alpha():
    failed = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        scores = attacks(rng, 5, 4, 40)
        failed += not null_control(scores, halves(rng, 4, 40), rng, alpha=0.1).holds
    assert failed <= 41  # 10 % of 200 is 20, and five standard errors
    assert failed >= 2  # as Bonferroni would make it for attacks that agree


@pytest.mark.parametrize("targets", [1, 6])
def test_an_attack_that_finds_members_in_a_null_game_is_named(targets):
    rng = np.random.default_rng(2)
    scores, membership = attacks(rng, 3, targets, 600), halves(rng, targets, 600)
    scores["finds"] = rng.standard_normal(membership.shape) + 0.5 * membership
    scores["avoids"] = rng.standard_normal(membership.shape) - 0.5 * membership
    found = null_control(scores, membership, rng)
    assert found.failing == ["finds", "avoids"]
    assert not found.holds
    assert found.auc["avoids"].high < 0.5 < found.auc["finds"].low


def test_an_attack_that_scores_all_alike_is_at_one_half_and_fails_nothing():
    rng = np.random.default_rng(3)
    membership = halves(rng, 2, 40)
    found = null_control({"silent": np.ones((2, 40)), "noise": rng.random((2, 40))}, membership, rng)
    assert found.holds
    assert (found.auc["silent"].value, found.p["silent"]) == (pytest.approx(0.5), 1.0)
    told = found.as_json()
    assert list(told) == ["holds", "alpha", "failing", "attacks"]
    assert list(told["attacks"]["noise"]) == ["auc", "p"]
    assert json.loads(json.dumps(told)) == told


def test_a_target_of_one_kind_only_is_left_out_of_the_null_control():
    rng = np.random.default_rng(4)
    scores, membership = rng.standard_normal((2, 50)), halves(rng, 2, 50)
    membership[1] = True
    found = null_control({"one": scores}, membership, rng, alpha=0.05).auc["one"]
    assert found.value == pytest.approx(roc(scores[0], membership[0]).auc())


# The blind baseline


def records(rng, count=300, features=20):
    return rng.standard_normal((count, features)), rng.integers(3, size=count)


def test_records_that_tell_nothing_fail_no_more_often_than_alpha(monkeypatch):
    monkeypatch.setattr(controls, "ALPHA", 0.05)
    failed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        features, labels = records(rng, count=100, features=3)
        failed += not blind_baseline(features, labels, halves(rng, 2, 100), rng).holds
    assert failed <= 8  # 5 % of 40 is 2, and five standard errors


@pytest.mark.parametrize("broken", ["a feature", "the mean", "the spread", "the label"])
def test_records_that_give_their_membership_away_break_the_game(broken):
    rng = np.random.default_rng(5)
    (features, labels), membership = records(rng), rng.permutation(300) < 150
    if broken == "a feature":
        features[:, 7] = membership
    elif broken == "the mean":
        features += 0.3 * membership[:, None]
    elif broken == "the spread":
        features *= 1 + membership[:, None]
    else:
        labels = np.where(rng.random(300) < 0.7, membership, labels)
    found = blind_baseline(features, labels, membership, rng)
    assert not found.holds
    assert found.auc.low > 0.5
    assert found.p <= 0.001


def test_one_target_that_is_broken_among_three_is_seen():
    rng = np.random.default_rng(6)
    (features, labels), membership = records(rng), halves(rng, 3, 300)
    features[:, 0] = membership[2]
    assert not blind_baseline(features, labels, membership, rng).holds


def test_a_blind_baseline_is_json_and_depends_on_nothing_but_its_arguments():
    told = []
    for _ in range(2):
        rng = np.random.default_rng(7)
        told.append(blind_baseline(*records(rng, 120), halves(rng, 4, 120), rng).as_json())
    assert told[0] == told[1] == json.loads(json.dumps(told[0]))
    assert list(told[0]) == ["auc", "p", "holds"]
    assert told[0]["holds"]


def test_too_few_candidates_for_a_blind_baseline_are_refused():
    rng = np.random.default_rng(8)
    with pytest.raises(ValueError, match="100 candidates"):
        blind_baseline(*records(rng, 99), np.arange(99) < 50, rng)
