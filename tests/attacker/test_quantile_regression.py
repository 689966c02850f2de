"""Quantile regression: the target's own answers about known non-members, and the record, decide alone."""

from dataclasses import replace

import numpy as np
import pytest

from attacker import signals
from attacker.answers import Answers
from attacker.attacks.quantile_regression import QuantileRegression
from attacker.errors import CannotAttack, ConfigurationError
from attacker.ridge import FLOOR, PENALTY, ridge_regression
from attacker.shadow_answers import Shadows
from attacker.statistics.roc import roc
from attacker.threat_model import Asked, Case

CLASSES, FEATURES = 6, 40


def no_shadows(labels):
    return Shadows.of(
        labels, np.empty((0, len(labels), CLASSES), np.float32), np.empty((0, len(labels)), bool)
    )


def made_case(leak, seed=0, *, candidates=600, known=800):
    """A linear target, surer of its members by `leak`; half of the candidates are some."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (candidates + known, FEATURES)).astype(np.float64)
    features[:, 0] *= 1e4  # of another scale
    features[:, 1] = 7.0  # constant
    weights = rng.standard_normal((FEATURES, CLASSES))
    weights[0] /= 1e4
    logits = features @ weights + 0.5 * rng.standard_normal((len(features), CLASSES))
    labels = (logits + 2 * rng.standard_normal(logits.shape)).argmax(axis=1)
    member = np.arange(len(features)) < candidates / 2
    logits[np.arange(len(features)), labels] += leak * member
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    answers = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    asked = Asked(features, Answers(labels, answers), no_shadows(labels))
    rows = np.arange(len(features))
    return Case(asked.take(rows[:candidates]), asked.take(rows[candidates:])), member[:candidates]


CASE, TRUTH = made_case(3.0)


def attack(**parameters):
    return QuantileRegression(**parameters).fit(None, np.random.default_rng(0))


def slow_fit(features, outputs):
    """Ridge regression by least squares on records added: one of length sqrt(penalty) for each feature."""
    centre, deviation = features.mean(axis=0), features.std(axis=0)
    deviation[deviation == 0] = 1
    scaled, mean = (features - centre) / deviation, outputs.mean(axis=0)
    added = np.sqrt(PENALTY * features.shape[1]) * np.eye(features.shape[1])
    weights, *_ = np.linalg.lstsq(
        np.vstack([scaled, added]), np.vstack([outputs - mean, 0 * added[:, : outputs.shape[1]]])
    )
    return lambda records: (records - centre) / deviation @ weights + mean


def test_the_fit_is_that_of_least_squares():
    rng = np.random.default_rng(1)
    features, outputs, others = (
        rng.standard_normal((50, 9)) * 3 + 1,
        rng.standard_normal((50, 4)),
        rng.standard_normal((8, 9)),
    )
    ridge, _ = ridge_regression(features, outputs)
    assert np.allclose(ridge.predict(others), slow_fit(features, outputs)(others))


def test_known_records_are_predicted_without_themselves():
    """Exactly so for the outputs and their mean; the scale and centre of the features are those of all."""
    rng = np.random.default_rng(2)
    features, outputs = rng.standard_normal((30, 5)), rng.standard_normal((30, 3))
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    _, left_out = ridge_regression(features, outputs)
    for row in range(30):
        rest = np.arange(30) != row
        design = np.column_stack([np.ones(29), features[rest]])
        penalties = np.diag([0.0] + [PENALTY * 5] * 5)
        weights = np.linalg.solve(design.T @ design + penalties, design.T @ outputs[rest])
        assert np.allclose(left_out[row], np.append(1, features[row]) @ weights)


def test_scores_are_those_of_a_slow_loop():
    case, _ = made_case(2.0, 3, candidates=40, known=200)
    known = case.known
    logs = np.log(np.maximum(known.answers.probabilities, FLOOR))
    logs -= logs.mean(axis=1, keepdims=True)
    predict = slow_fit(known.features, logs)

    def log_odds(vector, label):
        return vector[label] - np.log(np.exp(np.delete(vector, label)).sum())

    _, left_out = ridge_regression(known.features, logs)
    residuals = [
        log_odds(np.log(p), label) - log_odds(expected, label)
        for p, label, expected in zip(
            known.answers.probabilities, known.answers.labels, left_out, strict=True
        )
    ]
    asked = case.candidates
    for record, score in enumerate(attack(fpr=0.2).score(case)):
        label = asked.answers.labels[record]
        own = log_odds(np.log(asked.answers.probabilities[record]), label)
        expected = log_odds(predict(asked.features[[record]])[0], label)
        assert score == pytest.approx(own - expected - np.quantile(residuals, 0.8), abs=1e-6)


def test_members_are_found_without_shadows_better_than_by_their_score_alone():
    scores = attack().score(CASE)
    answers = CASE.candidates.answers
    alone = roc(signals.scaled_log_odds(answers.probabilities, answers.labels), TRUTH).auc()
    assert roc(scores, TRUTH).auc() > alone + 0.1


@pytest.mark.parametrize("fpr", [0.05, 0.1, 0.3])
def test_false_alarms_are_as_many_as_aimed_at(fpr):
    case, _ = made_case(0.0, 5, candidates=3000)
    assert abs(attack(fpr=fpr).decide(case).mean() - fpr) < 0.045  # of 800 known records and 3,000 others


def test_nothing_but_the_known_records_and_the_candidate_is_used():
    scores = attack().score(CASE)
    fewer = Case(CASE.candidates.take(np.arange(599, -1, -7)), CASE.known)
    assert attack().score(fewer).tolist() == scores[599::-7].tolist()
    alone = Case(CASE.candidates.take(np.array([5])), CASE.known)
    assert attack().score(alone).tolist() == scores[[5]].tolist()
    layout = replace(CASE.candidates, records=np.asfortranarray(CASE.candidates.features))
    assert attack().score(Case(layout, CASE.known)).tolist() == scores.tolist()


def test_labels_alone_are_answers_too():
    """Of a target that gives one-hot vectors, the right ones speak for membership."""

    def one_hot(asked):
        probabilities = np.eye(CLASSES)[asked.answers.probabilities.argmax(axis=1)]
        return replace(asked, answers=Answers(asked.answers.labels, probabilities))

    candidates = one_hot(CASE.candidates)
    right = candidates.answers.probabilities.argmax(axis=1) == candidates.answers.labels
    scores = attack().score(Case(candidates, one_hot(CASE.known)))
    assert np.isfinite(scores).all()
    assert scores[right].min() > scores[~right].max()


@pytest.mark.parametrize("known", [0, 1])
def test_known_non_members_are_needed(known):
    with pytest.raises(CannotAttack, match="known non-members"):
        attack().score(Case(CASE.candidates, CASE.known.take(np.arange(known))))


@pytest.mark.parametrize("fpr", [-0.1, 0.0, 1.0])
def test_a_false_positive_rate_lies_between_none_and_all(fpr):
    with pytest.raises(ConfigurationError, match="between 0 and 1"):
        QuantileRegression(fpr=fpr).check()
