"""Statistics against slow, obvious loops, hand-made cases, and the coverage their intervals promise."""

import json
import tracemalloc

import numpy as np
import pytest
from scipy.stats import binomtest

from attacker.statistics import intervals
from attacker.statistics.evaluation import evaluate
from attacker.statistics.per_class import per_class
from attacker.statistics.rates import clopper_pearson, rate
from attacker.statistics.roc import roc


def game(seed, members=60, non_members=80, shift=1.0, decimals=1):
    """Scores with many ties, and the truth, shuffled."""
    rng = np.random.default_rng(seed)
    membership = rng.permutation(np.arange(members + non_members) < members)
    return np.round(rng.standard_normal(len(membership)) + shift * membership, decimals), membership


def evaluation(scores, membership, threshold=0.5, classes=("a", "b", "c")):
    labels = np.arange(len(scores)) % len(classes)
    return evaluate(scores, scores > threshold, membership, labels, classes, np.random.default_rng(0))


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
    scores, membership = game(0, members=100, non_members=999)
    at = evaluation(scores, membership).as_json()["tpr_at_fpr"]
    assert at["0.001"]["value"] is None
    assert at["0.001"]["needs"] == 1000
    assert at["0.01"]["value"] is not None
    resolved = evaluation(*game(0, members=100, non_members=1000)).as_json()["tpr_at_fpr"]
    assert resolved["0.001"]["value"] is not None


def test_roc_points_are_few_ordered_and_keep_the_low_end():
    scores, membership = game(1, members=3000, non_members=3000, decimals=9)
    curve = roc(scores, membership)
    points = np.array(curve.points())
    assert len(points) <= 200
    assert points[0].tolist() == [0.0, 0.0]
    assert points[-1].tolist() == [1.0, 1.0]
    assert (np.diff(points, axis=0) >= 0).all()
    for fpr in (1 / 3000, 0.001, 0.01):
        best = curve.true_positives[curve.operating_point(fpr)] / 3000
        assert points[points[:, 0] <= fpr, 1].max() == pytest.approx(best, abs=0.01)


# Intervals


def test_delong_is_the_variance_of_the_placements():
    scores, membership = game(3)
    members, others = scores[membership], scores[~membership]
    below = [np.mean([(m > n) + (m == n) / 2 for n in others]) for m in members]
    above = [np.mean([(m > n) + (m == n) / 2 for m in members]) for n in others]
    variance = np.var(below, ddof=1) / len(members) + np.var(above, ddof=1) / len(others)
    auc = np.mean(below)
    low, high = intervals.auc_interval(roc(scores, membership))
    half_width = 1.959964 * np.sqrt(variance) / (auc * (1 - auc))
    assert np.log(high / (1 - high)) - np.log(low / (1 - low)) == pytest.approx(2 * half_width)
    assert low < auc < high


def test_a_bootstrap_of_many_records_with_few_scores_is_bounded_in_memory(monkeypatch):
    monkeypatch.setattr(intervals, "CELLS", 100_000)
    scores, member = np.arange(20_000) % 2, np.arange(20_000) < 10_000
    tracemalloc.start()
    found = intervals.tpr_at_fpr(roc(scores, member), 0.6, np.random.default_rng(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.low <= found.value <= found.high
    assert peak < 100 * intervals.CELLS  # a thousand draws at once take 1600 times as much


def test_complete_separation_is_not_certainty():
    membership = np.arange(40) < 20
    separated = evaluation(membership.astype(float), membership)
    assert separated.auc.value == separated.balanced_accuracy.value == separated.f1.value == 1.0
    assert separated.auc.low == pytest.approx(0.025 ** (1 / 20))
    for observed in (separated.balanced_accuracy, separated.f1, separated.recall, separated.precision):
        assert 0.75 < observed.low < observed.high == 1.0


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


def test_a_bootstrap_in_chunks_tells_the_same(monkeypatch):
    curve = roc(*game(5, members=300, non_members=300, shift=2.0))
    at_once = intervals.tpr_at_fpr(curve, 0.05, np.random.default_rng(0))
    monkeypatch.setattr(intervals, "CELLS", 7 * len(curve.members))
    in_chunks = intervals.tpr_at_fpr(curve, 0.05, np.random.default_rng(0))
    assert in_chunks.low == pytest.approx(at_once.low, abs=0.02)
    assert in_chunks.high == pytest.approx(at_once.high, abs=0.02)


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
            low, high = intervals.auc_interval(roc(scores, membership))
        elif name == "tpr_at_fpr":
            observed = intervals.tpr_at_fpr(roc(scores, membership), 0.05, rng)
            low, high = observed.low, observed.high
        else:
            observed = getattr(intervals, name)(scores > 0.5, membership, rng)
            low, high = observed.low, observed.high
        covered += low <= truth <= high
    assert covered >= 180  # 95 % of 200 is 190 +- 3


# Evaluation


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
        assert found.value == pytest.approx(value), name
        assert found.count / found.of == pytest.approx(value), name
        assert found.low < found.value < found.high, name


def test_with_equal_halves_balanced_accuracy_is_accuracy_to_the_count():
    observed = evaluation(*game(0, members=70, non_members=70))
    assert observed.balanced_accuracy.count == observed.accuracy.count
    assert observed.balanced_accuracy.of == observed.accuracy.of == 140


def test_per_class_rates_count_as_a_loop_would():
    rng = np.random.default_rng(4)
    decisions, membership, labels = rng.random(300) < 0.6, rng.random(300) < 0.5, rng.integers(4, size=300)
    found = per_class(decisions, membership, labels, ["w", "x", "y", "z", "never seen"])
    for label, of_class in enumerate(found[:4]):
        rows = [(d, m) for d, m, y in zip(decisions, membership, labels, strict=True) if y == label]
        assert of_class.members == sum(m for _, m in rows)
        assert of_class.non_members == sum(not m for _, m in rows)
        assert of_class.recall.count == of_class.precision.count == sum(d and m for d, m in rows)
        assert of_class.precision.of == sum(d for d, _ in rows)
        assert of_class.fpr.count == sum(d and not m for d, m in rows)
    assert [of_class.name for of_class in found] == ["w", "x", "y", "z", "never seen"]
    assert found[4].recall.value is None


def test_the_document_has_the_fields_of_the_wire_and_is_json():
    document = evaluation(*game(0)).as_json()
    rates = ["balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr"]
    assert list(document) == ["auc", *rates, "tpr_at_fpr", "per_class", "roc"]
    assert list(document["auc"]) == ["value", "low", "high"]
    assert all(list(document[name]) == ["value", "low", "high", "count", "of"] for name in rates)
    assert list(document["tpr_at_fpr"]) == ["0.01", "0.001"]
    assert list(document["per_class"][0]) == ["class", "members", "non_members", "precision", "recall", "fpr"]
    assert json.loads(json.dumps(document)) == document


def test_without_a_positive_decision_precision_is_unknown_and_the_rest_is_not():
    scores, membership = game(0)
    observed = evaluation(scores, membership, threshold=np.inf)
    assert observed.precision.value is None
    assert (observed.recall.value, observed.f1.value, observed.fpr.value) == (0.0, 0.0, 0.0)


def test_an_evaluation_depends_on_nothing_but_its_arguments():
    assert evaluation(*game(2)).as_json() == evaluation(*game(2)).as_json()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"scores": np.zeros(3)}, r"must all be \(N,\)"),
        ({"scores": np.full(4, np.nan)}, "not a number"),
        ({"membership": np.ones(4, bool)}, "both members and non-members"),
        ({"labels": np.full(4, 2)}, "index the 2 classes"),
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
