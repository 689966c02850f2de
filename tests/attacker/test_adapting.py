"""What an attacker makes of a filter on the answers."""

import numpy as np
import pytest

from attacker.adapting import (
    Adaptation,
    at_temperature,
    labels_alone,
    mean_answer,
    temperature_of,
)
from attacker.errors import CannotAttack
from attacker.signals import scaled_log_odds, softmax
from attacker.store import Store

SHADOWS, RECORDS, CLASSES = 3, 200, 10


@pytest.fixture
def answers():
    """(S, N, K) of models that are very sure."""
    scores = np.random.default_rng(0).normal(scale=4, size=(SHADOWS, RECORDS, CLASSES))
    return softmax(scores).astype(np.float32)


def log_odds(answers):
    labels = np.zeros(RECORDS, np.int64)
    return np.stack([scaled_log_odds(each.astype(np.float64), labels) for each in answers])


@pytest.mark.parametrize("temperature", [0.5, 5, 20])
def test_a_temperature_is_found_and_undone(answers, temperature):
    softened = np.stack([at_temperature(each, temperature) for each in answers])
    found = temperature_of(softened, answers)
    assert found == pytest.approx(temperature, rel=1e-4)
    undone = Adaptation(temperature=found).undone(softened)
    assert np.abs(log_odds(undone) - log_odds(answers)).max() < 0.01
    assert np.abs(log_odds(softened) - log_odds(answers)).max() > 1


def test_where_there_is_none_nothing_is_undone(answers):
    assert temperature_of(answers, answers) == 1.0
    assert Adaptation().undone(answers) is answers


def test_other_scores_are_no_temperature(answers):
    others = np.roll(answers, 1, axis=1)
    assert temperature_of(others, answers) == 1.0


def test_of_rounded_answers_no_temperature_is_told(answers):
    assert temperature_of(answers.round(1), answers) == 1.0


def test_a_temperature_is_told_by_the_same_shadows_only(answers):
    with pytest.raises(CannotAttack, match="as many shadow models"):
        temperature_of(answers[:2], answers)


def test_what_is_zero_stays_zero():
    hidden = np.array([[0.7, 0.3, 0.0]], np.float32)
    assert at_temperature(hidden, 5)[0, 2] == 0
    assert at_temperature(at_temperature(hidden, 5), 1 / 5)[0] == pytest.approx(hidden[0], abs=1e-6)


def test_the_mean_of_repeated_answers_has_less_noise(answers):
    rng = np.random.default_rng(1)
    logs = np.log(answers[0].astype(np.float64))
    noisy = [softmax(logs + rng.normal(size=logs.shape)).astype(np.float32) for _ in range(16)]
    truth = log_odds(answers[:1])
    errors = [np.abs(log_odds(mean_answer(noisy[:count])[None]) - truth).mean() for count in (1, 16)]
    assert errors[1] < errors[0] / 3


def test_labels_alone_are_told_from_probabilities(answers):
    labels = np.eye(CLASSES, dtype=np.float32)[answers[0].argmax(axis=1)]
    assert labels_alone(labels)
    assert not labels_alone(answers[0])
    assert not labels_alone(np.vstack([labels, answers[0, :1]]))


def test_an_adaptation_is_kept_with_the_run(tmp_path):
    with Store(tmp_path) as store:
        assert Adaptation.kept(store) == Adaptation()
        found = Adaptation(4, "label_only:queries=51", 5.0).keep(store)
        assert Adaptation.kept(store) == found
    assert len(found.told()) == 3
