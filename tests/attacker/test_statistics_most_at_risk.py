"""The candidates scored highest and the canaries, counted by hand."""

import numpy as np
import pytest

from attacker.statistics.crossed import spread_over
from attacker.statistics.evaluation import evaluate
from attacker.statistics.most_at_risk import highest, most_at_risk
from attacker.statistics.rates import clopper_pearson
from attacker.statistics.spread import OneTarget


def evaluation(scores, membership, threshold=0.5, **more):
    scores = np.asarray(scores, float)
    labels = np.zeros(scores.shape[-1], int)
    rng = np.random.default_rng(0)
    return evaluate(scores, scores > threshold, membership, labels, ["a"], rng, **more)


def test_of_two_thousand_candidates_the_twenty_highest_are_counted():
    scores, membership = np.arange(2_000.0), np.arange(2_000) % 2 == 0
    membership[-20:] = np.arange(20) < 15
    found = evaluation(scores, membership).most_at_risk
    assert (found.count, found.of, found.value) == (15, 20, 0.75)
    assert (found.low, found.high) == clopper_pearson(15, 20)


@pytest.mark.parametrize(("records", "counted"), [(12, 10), (1_000, 10), (1_001, 11), (4, 4)])
def test_it_is_one_percent_and_ten_at_least(records, counted):
    scores = np.random.default_rng(0).permutation(records).astype(float)
    assert np.sort(scores[highest(scores[None])[0]]).tolist() == list(range(records - counted, records))


def test_whoever_ties_with_the_last_counts_too():
    scores = np.repeat([3.0, 2.0, 1.0], [8, 7, 85])  # the tenth has 2, as six others have
    membership = np.repeat([True, False, True, False], [8, 4, 41, 47])
    found = most_at_risk(scores[None], membership[None], OneTarget())
    assert (found.count, found.of) == (8 + 3, 15)
    assert most_at_risk(0 * scores[None], membership[None], OneTarget()).of == 100


def test_a_score_without_bounds_is_the_highest():
    scores = np.append(np.zeros(90), np.full(10, np.inf))
    assert highest(np.stack([scores, -scores])).sum(axis=1).tolist() == [10, 90]


def test_every_target_has_its_own_highest_and_all_are_one_rate():
    """The scores of the second target are all above those of the first."""
    scores = np.stack([np.arange(100.0), 1_000 + np.arange(100.0)])
    membership = np.arange(100) >= np.array([[90], [95]])
    found = evaluation(scores, membership, threshold=95).most_at_risk
    assert (found.count, found.of) == (15, 20)
    alone = clopper_pearson(15, 20)
    assert found.low < alone[0]  # ten of ten here, five of ten there
    assert found.high >= alone[1]


def test_an_interval_holds_what_the_targets_differ_in():
    rng = np.random.default_rng(1)
    membership = rng.random((24, 300)) < 0.5
    found = most_at_risk(rng.random((24, 300)), membership, spread_over((24, 300), rng))
    assert found.of == 240
    assert found.low < 0.5 < found.high


# Canaries


def test_canaries_are_judged_by_themselves():
    """Their members score 4, 3, 1 and their non-members 2, 0, 0: 8 of 9 pairs are ordered rightly."""
    membership = np.array([True, True, True, False, False, False] + [True, False] * 50)
    scores = np.array([4, 3, 1, 2, 0, 0, *np.zeros(100)], float)
    told = evaluation(scores, membership, threshold=1.5, canaries=np.arange(106) < 6).as_json()["canaries"]
    assert list(told) == ["records", "auc", "balanced_accuracy", "tpr_at_fpr"]
    assert told["records"] == 6
    assert told["auc"]["value"] == pytest.approx(8 / 9)
    assert (told["balanced_accuracy"]["count"], told["balanced_accuracy"]["of"]) == (4, 6)
    assert told["balanced_accuracy"]["low"] < 2 / 3 < told["balanced_accuracy"]["high"]
    assert told["tpr_at_fpr"]["0.01"]["value"] is None
    assert told["tpr_at_fpr"]["0.01"]["needs"] == 100


def test_of_two_hundred_canaries_one_false_alarm_is_allowed():
    """Above the second highest of 100 non-members lie 30 of 100 members."""
    scores = np.concatenate([np.repeat([9.0, 5.0], [30, 70]), [10.0, 8.0], np.full(98, 1.0), [0.0, 0.0]])
    membership = np.append(np.arange(200) < 100, [True, False])
    canaries = np.arange(202) < 200
    found = evaluation(scores, membership, threshold=4, canaries=canaries).canaries
    assert (found.tpr_at_fpr.count, found.tpr_at_fpr.of) == (30, 100)


def test_what_canaries_are_told_apart_by_does_not_change_the_other_figures():
    rng = np.random.default_rng(2)
    membership = rng.random((3, 100)) < 0.5
    scores = rng.random((3, 100))
    without = evaluation(scores, membership).as_json()
    told = evaluation(scores, membership, canaries=np.arange(100) % 2 == 0).as_json()
    assert told.pop("canaries")["records"] == 50
    assert told == without


def test_canaries_of_one_kind_cannot_be_told_apart():
    membership = np.arange(40) < 20
    assert evaluation(membership, membership, canaries=np.arange(40) < 3).canaries is None
    assert evaluation(membership, membership, canaries=np.zeros(40, bool)).canaries is None
    with pytest.raises(ValueError, match=r"Canaries must be \(N,\)"):
        evaluation(membership, membership, canaries=np.zeros(3, bool))
