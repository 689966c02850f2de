"""What a challenger tells of a closed game is believed only in the form that reports are made of."""

import copy

import numpy as np
import pytest

from attacker.client.evaluations import checked, checked_generalisation
from attacker.errors import UnexpectedAnswer
from attacker.statistics.epsilon import descriptive
from attacker.statistics.evaluation import evaluate
from attacker.statistics.roc import roc

CLASSES = ("0", "1")
RATE = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5, "of": 10}
COUNTS = {"members": [1, 2], "non_members": [0, 3]}


@pytest.fixture(scope="module")
def evaluation():
    """As a challenger makes one, of two targets with canaries."""
    rng = np.random.default_rng(0)
    truth = np.stack([rng.permutation(100) < 50, rng.permutation(100) < 50])
    scores = np.clip(truth * 0.2 + rng.random(truth.shape) * 0.8, 0, 1)
    found = evaluate(
        scores,
        scores > 0.5,
        truth,
        rng.integers(2, size=100),
        CLASSES,
        rng,
        right=rng.random(truth.shape) < 0.8,
        probabilities=True,
        canaries=rng.random(100) < 0.3,
    )
    named = {"name": "gap", "parameters": {}, "access": "disjoint", "targets": 2}
    return named | found.as_json() | {"epsilon": descriptive(roc(scores, truth)).as_json()}


@pytest.fixture
def told(evaluation):
    controls = {"null_control": None, "blind_baseline": {"holds": True, "auc": RATE}}
    target = {"train_accuracy": RATE, "test_accuracy": RATE}
    return copy.deepcopy({"attacks": [evaluation], "target": target, "controls": controls})


def test_what_a_challenger_makes_is_taken_as_it_is(told):
    assert checked(told, ["gap"], CLASSES) is told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auc", 0.5),
        ("auc", {"value": 7, "low": 0, "high": 1}),
        ("precision", {"value": 0.5}),
        ("fpr", RATE | {"of": 0}),
        ("recall", RATE | {"value": None, "needs": 3}),
        ("tpr_at_fpr", {"0.1": RATE}),
        ("tpr_at_fpr", {"0.01": {"value": None}}),
        ("roc", [[0.5, 2]]),
        ("roc", []),
        ("per_class", []),
        ("epsilon", {"kind": "lower_bound", "value": "x", "cap": 1}),
        ("gap", {"above": None}),
        ("access", "[/dim]"),
        ("name", "another"),
    ],
)
def test_an_evaluation_of_another_form_is_refused(told, name, value):
    told["attacks"][0][name] = value
    with pytest.raises(UnexpectedAnswer):
        checked(told, ["gap"], CLASSES)


def test_an_attack_is_evaluated_once(told):
    told["attacks"] *= 2
    with pytest.raises(UnexpectedAnswer, match="other attacks"):
        checked(told, ["gap"], CLASSES)


def generalisation(counts=COUNTS, classes=CLASSES):
    accuracies = {
        "train_accuracy": RATE,
        "test_accuracy": RATE,
        "gap": {"value": None, "low": None, "high": None},
    }
    one = accuracies | {"prediction_accuracy": counts, "normalised_entropy": counts}
    of_classes = [one | {"class": name, "train_records": 3, "train_share": 0.5} for name in classes]
    return {"bins": [0, 0.5, 1], "targets": [one | {"index": 0, "per_class": of_classes}]}


def test_a_generalisation_has_a_count_for_each_bin_and_a_part_for_each_class():
    assert checked_generalisation(generalisation(), CLASSES)["targets"]
    for wrong in (generalisation(counts=COUNTS | {"members": [1]}), generalisation(classes=("0", "2"))):
        with pytest.raises(UnexpectedAnswer):
            checked_generalisation(wrong, CLASSES)
