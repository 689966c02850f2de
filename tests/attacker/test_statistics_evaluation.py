"""What an evaluation says of one target, counted by obvious loops."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from attacker.statistics.evaluation import evaluate
from attacker.statistics.gap import beyond_gap
from attacker.statistics.spread import OneTarget


def game(seed, members=60, non_members=80, shift=1.0, decimals=1):
    """Scores with many ties, and the truth, shuffled."""
    rng = np.random.default_rng(seed)
    membership = rng.permutation(np.arange(members + non_members) < members)
    return np.round(rng.standard_normal(len(membership)) + shift * membership, decimals), membership


def evaluation(scores, membership, threshold=0.5, classes=("a", "b", "c"), **more):
    labels = np.arange(len(scores)) % len(classes)
    return evaluate(scores, scores > threshold, membership, labels, classes, np.random.default_rng(0), **more)


@pytest.mark.parametrize("seed", range(3))
def test_an_evaluation_counts_as_a_loop_would(seed):
    scores, membership = game(seed)
    pairs = list(zip((scores > 0.5).tolist(), membership.tolist(), strict=True))
    tp, fp = pairs.count((True, True)), pairs.count((True, False))
    fn, tn = pairs.count((False, True)), pairs.count((False, False))
    observed = evaluation(scores, membership)
    expected = {
        "accuracy": (tp + tn) / len(pairs),
        "precision": tp / (tp + fp),
        "recall": tp / (tp + fn),
        "fpr": fp / (fp + tn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "balanced_accuracy": (tp / (tp + fn) + tn / (fp + tn)) / 2,
    }
    for name, value in expected.items():
        found = getattr(observed, name)
        assert found.value == found.count / found.of == pytest.approx(value), name
        assert found.low < found.value < found.high, name


def test_with_equal_halves_balanced_accuracy_is_accuracy_to_the_count():
    observed = evaluation(*game(0, members=70, non_members=70))
    assert observed.balanced_accuracy.count == observed.accuracy.count
    assert observed.balanced_accuracy.of == observed.accuracy.of == 140


# Precision at a prior


def test_precision_at_a_prior_is_that_of_a_crowd_with_so_many_members():
    scores, membership = game(1, members=200, non_members=300)
    decided = scores > 0.5
    tpr, fpr = decided[membership].mean(), decided[~membership].mean()
    found = evaluation(scores, membership).precision_at_prior
    for prior in (0.01, 0.1, 0.5):
        members, others = 1_000_000 * prior, 1_000_000 * (1 - prior)
        expected = members * tpr / (members * tpr + others * fpr)
        assert found[f"{prior:g}"].value == pytest.approx(expected)
        assert found[f"{prior:g}"].low < expected < found[f"{prior:g}"].high


def test_precision_at_a_low_prior_is_uncertain_even_without_a_false_alarm():
    found = evaluation(np.arange(200) - 100.0, np.arange(200) >= 100, threshold=50).precision_at_prior["0.01"]
    assert found.value == found.high == 1.0
    assert found.low < 0.5


# The gap attack subtracted


def test_the_gap_attack_beyond_itself_is_nothing():
    scores, membership = game(0)
    found = evaluation(scores, membership, right=scores > 0.5)
    assert found.gap.balanced_accuracy.count == found.balanced_accuracy.count
    assert found.gap.above.value == 0.0
    assert found.gap.above.low < 0 < found.gap.above.high


def test_what_is_above_the_gap_attack_is_the_difference_and_pairing_narrows_it():
    scores, membership = game(3, members=500, non_members=500, decimals=9)
    right = scores + 0.3 * np.random.default_rng(1).standard_normal(1000) > 0
    found = evaluation(scores, membership, right=right)
    gap = (right[membership].mean() + 1 - right[~membership].mean()) / 2
    assert found.gap.balanced_accuracy.value == pytest.approx(gap)
    assert found.gap.above.value == pytest.approx(found.balanced_accuracy.value - gap)
    width = found.balanced_accuracy.high - found.balanced_accuracy.low
    assert 0 < found.gap.above.high - found.gap.above.low < 1.2 * width < np.sqrt(2) * width


def test_the_interval_above_the_gap_attack_covers_the_truth_as_often_as_it_says():
    better, worse = 2 * norm.cdf(0.6) - 1, 2 * norm.cdf(0.4) - 1
    truth, covered = (better - worse) / 2, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        membership = np.arange(200)[None] < 100
        signal = rng.standard_normal((1, 200))
        attack, gap = (signal + 2 * shift * membership > shift for shift in (0.6, 0.4))
        found = beyond_gap(attack, gap, membership, OneTarget(), rng).above
        covered += found.low <= truth <= found.high
    assert covered >= 84  # 95 % of 100 is 95, less five standard errors


# Calibration


def test_the_brier_score_and_the_reliability_are_those_of_a_loop():
    rng = np.random.default_rng(5)
    scores = np.append(rng.random(400), [0.0, 0.1, 0.5, 1.0])
    membership = rng.random(404) < scores
    found = evaluation(scores, membership, probabilities=True).as_json()["calibration"]
    assert found["brier"]["value"] == pytest.approx(np.mean((scores - membership) ** 2))
    assert found["brier"]["low"] < found["brier"]["value"] < found["brier"]["high"]
    for number, part in enumerate(found["reliability"]):
        inside = [
            (score, member)
            for score, member in zip(scores, membership, strict=True)
            if number / 10 <= score < (number + 1) / 10 or (number == 9 and score == 1)
        ]
        assert (part["from"], part["to"], part["count"]) == (number / 10, (number + 1) / 10, len(inside))
        assert part["mean_score"] == pytest.approx(np.mean([score for score, _ in inside]))
        assert part["members"]["count"] == sum(member for _, member in inside)


def test_probabilities_that_are_right_as_often_as_they_say_are_in_their_bins_intervals():
    rng = np.random.default_rng(6)
    scores = rng.random(4000)
    found = evaluation(scores, rng.random(4000) < scores, probabilities=True).calibration
    inside = [part.members.low <= part.mean_score <= part.members.high for part in found.reliability]
    assert sum(inside) >= 8
    assert found.brier.low < 1 / 6 < found.brier.high  # the mean of p (1 - p)


def test_a_bin_of_nobody_has_no_mean_score():
    found = evaluation(np.full(20, 0.25), np.arange(20) < 10, probabilities=True).calibration
    assert found.reliability[2].mean_score == 0.25
    assert found.reliability[3].mean_score is None
    assert found.reliability[3].members.value is None
    assert found.brier.value == 0.3125


# Per class


def test_per_class_rates_count_as_a_loop_would():
    rng = np.random.default_rng(4)
    decisions, membership, labels = rng.random(300) < 0.6, rng.random(300) < 0.5, rng.integers(4, size=300)
    classes = ["w", "x", "y", "z", "never seen"]
    found = evaluate(decisions, decisions, membership, labels, classes, rng).per_class
    for label, of_class in enumerate(found[:4]):
        rows = [(d, m) for d, m, y in zip(decisions, membership, labels, strict=True) if y == label]
        assert of_class.members == sum(m for _, m in rows)
        assert of_class.non_members == sum(not m for _, m in rows)
        assert of_class.recall.count == of_class.precision.count == sum(d and m for d, m in rows)
        assert of_class.precision.of == sum(d for d, _ in rows)
        assert of_class.fpr.count == sum(d and not m for d, m in rows)
    assert [of_class.name for of_class in found] == classes
    assert found[4].recall.value is None


def test_a_class_of_few_members_or_few_non_members_is_marked():
    counts = {"both": (20, 20), "few members": (19, 40), "few others": (40, 19), "none": (0, 0)}
    labels = np.repeat(np.arange(4), [sum(count) for count in counts.values()])
    membership = np.concatenate([np.arange(sum(count)) < count[0] for count in counts.values()])
    rng = np.random.default_rng(0)
    found = evaluate(membership, membership, membership, labels, list(counts), rng).as_json()["per_class"]
    assert [of_class.get("small", False) for of_class in found] == [False, True, True, True]


# The document


def test_the_document_has_the_fields_of_the_wire_and_is_json():
    scores, membership = game(0)
    document = evaluation(scores, membership).as_json()
    rates = ["balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr", "most_at_risk"]
    others = ["tpr_at_fpr", "precision_at_prior", "per_class", "roc"]
    assert list(document) == ["auc", *rates, *others]
    assert list(document["auc"]) == ["value", "low", "high"]
    assert all(list(document[name]) == ["value", "low", "high", "count", "of"] for name in rates)
    assert list(document["tpr_at_fpr"]) == ["0.01", "0.001", "0.0001"]
    assert list(document["precision_at_prior"]) == ["0.01", "0.1", "0.5"]
    in_class = ["class", "members", "non_members", "precision", "recall", "fpr"]
    assert [name for name in document["per_class"][0] if name != "small"] == in_class
    assert json.loads(json.dumps(document)) == document
    told = evaluation(membership / 2 + 0.1, membership, right=membership, probabilities=True).as_json()
    assert list(told) == [*document, "gap", "calibration"]
    assert json.loads(json.dumps(told)) == told


def test_without_a_positive_decision_precision_is_unknown_and_the_rest_is_not():
    observed = evaluation(*game(0), threshold=np.inf)
    assert observed.precision.value is None
    assert [estimate.value for estimate in observed.precision_at_prior.values()] == [None] * 3
    assert (observed.recall.value, observed.f1.value, observed.fpr.value) == (0.0, 0.0, 0.0)


def test_an_evaluation_depends_on_nothing_but_its_arguments():
    assert evaluation(*game(2)).as_json() == evaluation(*game(2)).as_json()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"scores": np.zeros(3)}, r"Scores and membership must both be \(T, N\)"),
        ({"decisions": np.zeros((2, 4))}, r"Decisions and membership must both be \(T, N\)"),
        ({"right": np.zeros(3)}, r"Decisions and membership must both be \(T, N\)"),
        ({"scores": np.full(4, np.nan)}, "not a number"),
        ({"membership": np.ones(4, bool)}, "both members and non-members"),
        ({"labels": np.full(4, 2)}, "index the 2 classes"),
        ({"labels": np.zeros(3, int)}, r"must be \(N,\)"),
        ({"scores": np.full(4, 1.5), "probabilities": True}, r"must lie in \[0, 1\]"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(fault, message):
    sound = {
        "scores": np.zeros(4),
        "decisions": np.zeros(4, bool),
        "membership": np.arange(4) < 2,
        "labels": np.zeros(4, int),
    }
    with pytest.raises(ValueError, match=message):
        evaluate(**sound | fault, classes=["a", "b"], rng=np.random.default_rng(0))
