"""Sums over shadow models: with one left out, and whatever is computed beside."""

import numpy as np
import pytest

from attacker import signals
from attacker.answers import measured
from attacker.moments import CELLS, Moments
from attacker.shadow_answers import Shadows

RNG = np.random.default_rng(0)
SIGNAL, USE = RNG.normal(3.0, 2.0, (200, 7)), RNG.random((200, 7)) < 0.4


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("count", "mean", "squares")
    )


@pytest.mark.parametrize("shadow", range(7))
def test_without_a_shadow_they_are_those_of_the_others(shadow):
    found = Moments.of(SIGNAL, USE).without(SIGNAL[:, shadow], USE[:, shadow])
    others = np.arange(7) != shadow
    wanted = Moments.of(SIGNAL[:, others], USE[:, others])
    assert {0.0, 1.0} < set(found.count)  # of nobody, and of one, too
    assert found.count.tolist() == wanted.count.tolist()
    assert found.mean == pytest.approx(wanted.mean, rel=1e-12)
    assert found.squares == pytest.approx(wanted.squares, rel=1e-9, abs=1e-12)
    assert (found.squares[found.count < 2] == 0).all()


def test_each_record_is_summed_alone():
    rows = CELLS // 7 + 10  # more than one block
    signal, use = RNG.normal(size=(rows, 7)), RNG.random((rows, 7)) < 0.5
    whole, some = Moments.of(signal, use), np.arange(rows - 1, 0, -997)
    assert same(whole.take(some), Moments.of(signal[some], use[some]))


def test_a_signal_in_blocks_is_the_signal():
    answers, labels = RNG.dirichlet(np.ones(50), CELLS // 50 + 10), RNG.integers(50, size=CELLS // 50 + 10)
    for name in ("loss", "scaled_log_odds", "entropy", "modified_entropy"):
        signal = getattr(signals, name)
        assert measured(signal, answers, labels).tolist() == signal(answers, labels).tolist()


def test_a_shadow_in_the_targets_place_has_the_signals_of_its_answers():
    answers, labels = RNG.dirichlet(np.ones(4), (5, 60)).astype(np.float32), RNG.integers(4, size=60)
    shadows = Shadows.of(labels, answers, RNG.random((5, 60)) < 0.5)
    rows = np.array([7, 3, 50])
    answered = shadows[2].take(rows)
    assert (answered.probabilities == answers[2][rows]).all()
    wanted = signals.loss(answered.probabilities, labels[rows])
    assert answered.signal(signals.loss).tolist() == wanted.tolist()
    others = shadows.without(2).take(rows)
    direct = Moments.of(others.signal(signals.loss), others.out)
    assert others.moments(signals.loss, "out").mean == pytest.approx(direct.mean)
