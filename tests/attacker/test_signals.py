"""Signals against their formulae, one record at a time."""

from math import log

import numpy as np
import pytest

from attacker import signals

PROBABILITIES = np.random.default_rng(0).dirichlet(np.full(5, 0.5), 40)
LABELS = np.random.default_rng(1).integers(5, size=40)


def others(p, y):
    return [p[i] for i in range(len(p)) if i != y]


FORMULAE = {
    "confidence": lambda p, y: p[y],
    "loss": lambda p, y: -log(p[y]),
    "scaled_log_odds": lambda p, y: log(p[y]) - log(sum(others(p, y))),
    "entropy": lambda p, y: -sum(q * log(q) for q in p) / log(len(p)),
    "modified_entropy": lambda p, y: -(1 - p[y]) * log(p[y]) - sum(q * log(1 - q) for q in others(p, y)),
    "margin": lambda p, y: p[y] - max(others(p, y)),
}


@pytest.mark.parametrize("name", FORMULAE)
def test_a_signal_follows_its_formula(name):
    expected = [FORMULAE[name](p, y) for p, y in zip(PROBABILITIES.tolist(), LABELS.tolist(), strict=True)]
    answered = getattr(signals, name)(PROBABILITIES, LABELS)
    assert answered.dtype == np.float64
    np.testing.assert_allclose(answered, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FORMULAE)
def test_a_signal_is_finite_for_certain_answers(name):
    certain, labels = np.eye(3)[[0, 0, 0]], np.array([0, 1, 2])
    assert np.isfinite(getattr(signals, name)(certain, labels)).all()


@pytest.mark.parametrize("name", FORMULAE)
def test_a_signal_judges_a_record_alone(name):
    signal = getattr(signals, name)
    alone = [signal(PROBABILITIES[i : i + 1], LABELS[i : i + 1])[0] for i in range(40)]
    assert signal(PROBABILITIES, LABELS).tolist() == alone


def test_scaled_log_odds_tell_apart_what_float64_rounds_to_one():
    tiny = np.array([1e-20, 1e-30])
    probabilities = np.stack([1 - 2 * tiny, tiny, tiny], axis=1)
    odds = signals.scaled_log_odds(probabilities, np.zeros(2, np.int64))
    np.testing.assert_allclose(odds, -np.log(2 * tiny))


def test_a_uniform_answer_has_entropy_one_and_no_margin():
    uniform, labels = np.full((1, 4), 0.25), np.zeros(1, np.int64)
    assert signals.entropy(uniform, labels) == pytest.approx(1.0)
    assert signals.margin(uniform, labels) == 0.0
