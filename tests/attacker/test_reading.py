"""What answers are is found out from them, and what they cannot be is said."""

import json

import numpy as np
import pytest

from attacker import outputs, reading
from attacker.client.http import Reply
from attacker.errors import CannotAttack, ConfigurationError, UnexpectedAnswer
from attacker.outputs import Outputs
from attacker.reading import check_order, found
from attacker.targets.open_inference import OpenInference

SCORES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]])
SHIFT = np.array([[4], [1], [0]])  # of a record's log-odds
ABC = ("a", "b", "c")


def table(numbers, names=None):
    return Outputs(np.array(numbers, np.float64), names)


@pytest.mark.parametrize(
    ("answered", "kind"),
    [
        (table(SCORES), "probabilities"),
        (table(SCORES.round(1)), "probabilities"),
        (table(np.log(SCORES)), "log_probabilities"),
        (table(np.log(SCORES) + SHIFT), "log_odds"),
        (table(SCORES[:, ::-1], ("c", "b", "a")), "probabilities"),
    ],
)
def test_scores_of_all_classes_become_their_probabilities(answered, kind):
    known = found(answered, ABC)
    assert known.kind == kind
    assert np.allclose(known.probabilities(answered, "here"), SCORES, atol=0.06 if kind else 0)
    assert known.probabilities(answered, "here").dtype == np.float32


def test_one_number_for_two_classes_is_of_the_second():
    for numbers in ([[0.2], [0.9]], [[np.log(0.2 / 0.8)], [np.log(0.9 / 0.1)]]):
        known = found(table(numbers), ("no", "yes"))
        assert np.allclose(known.probabilities(table(numbers), "here"), [[0.8, 0.2], [0.1, 0.9]])


@pytest.mark.parametrize(
    "answered",
    [
        Outputs(labels=("a", "b", "c")),
        Outputs(labels=("a ", "b", "c")),
    ],
)
def test_labels_become_certainties(answered):
    known = found(answered, ABC)
    assert known.kind == "labels"
    assert known.probabilities(answered, "here").tolist() == np.eye(3).tolist()


def test_numbers_are_labels_where_classes_are_called_so():
    answered = table([[2], [0], [1]])
    assert found(answered, ("0", "1", "2")).kind == "labels"
    with pytest.raises(CannotAttack, match="'2' is none of the classes"):
        found(answered, ABC)


def test_scores_of_some_classes_alone_are_the_top_ones():
    answered = table([[0.7, 0, 0], [0, 0.6, 0.3], [0, 0, 0.5]])
    assert found(answered, ABC).kind == "top"
    assert np.allclose(found(answered, ABC).probabilities(answered, "here"), answered.numbers)


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (table(2 * SCORES / 3), "sum to 0.6667"),
        (table([[0.9, 0.8, 0.7]]), "sum to 2.4"),
        (table(SCORES[:, :2]), "2 numbers a record where there are 3 classes"),
        (table(SCORES, ("a", "b", "d")), "'d' is none of the classes"),
        (Outputs(labels=("a", "x")), "'x' is none of the classes"),
        (table([[31.5], [12.25]]), "'31.5' is none of the classes"),
    ],
)
def test_what_is_of_no_kind_is_refused_by_name(answered, told):
    with pytest.raises(CannotAttack, match=told):
        found(answered, ABC)


def test_the_user_may_say_what_it_is():
    assert found(table(np.eye(3)), ABC, "probabilities").kind == "probabilities"
    with pytest.raises(ConfigurationError, match="--answers is one of"):
        found(table(SCORES), ABC, "scores")
    with pytest.raises(CannotAttack, match="above 0"):
        found(table(SCORES), ABC, "log_probabilities")


def test_answers_of_another_kind_later_are_an_error():
    known = found(table(SCORES), ABC)
    with pytest.raises(UnexpectedAnswer, match=r"here answered probabilities .* at first, and now"):
        known.probabilities(table(np.log(SCORES)), "here")


def test_log_odds_need_not_all_look_like_some():
    known = found(table(np.log(SCORES) + 1), ABC)
    assert np.allclose(known.probabilities(table(np.log(SCORES[:1]) + 9), "here"), SCORES[:1])


def test_classes_in_another_order_are_told_with_their_order():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 300)
    answers = np.full((300, 3), 0.1)
    answers[np.arange(300), np.array([2, 0, 1])[true]] = 0.8  # class a is in column 2, and so on
    with pytest.raises(CannotAttack, match=r"0% of the labels, and 100% .* say --classes b,c,a"):
        check_order(answers, true, ABC)
    check_order(answers[:, [2, 0, 1]], true, ABC)


def test_no_order_is_found_by_chance():
    rng = np.random.default_rng(1)
    for records in (20, 300):
        check_order(rng.random((records, 10)), rng.integers(0, 10, records), tuple("abcdefghij"))


FIRST, SECOND = {"a": 0.7, "b": 0.2, "c": 0.1}, {"b": 0.6, "c": 0.3, "a": 0.1}
WRITTEN = {
    "classes as names": lambda one: one,
    "pairs": lambda one: [{"label": name, "score": score} for name, score in one.items()],
    "two lists": lambda one: {"displayNames": [*one], "confidences": [*one.values()]},
    "label and scores": lambda one: {"predictedLabel": max(one), "predictedScores": one},
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_classes_with_scores_are_read_however_they_are_written(written):
    answered = outputs.read([written(FIRST), written(SECOND)], 2, "here")
    assert answered.names == ABC
    assert answered.numbers.tolist() == SCORES[:2].tolist()


@pytest.mark.parametrize(
    ("predictions", "told"),
    [
        ([[0.1, 0.9]], "1 predictions to 2 records"),
        ({"a": 1}, "no list of predictions"),
        ([[0.1], [0.2, 0.8]], "neither numbers nor lists of equal length"),
        (["a", 1], "words for some records"),
        ([{"a": "x"}, {"a": "y"}], "name no classes with a number each"),
        ([{"probabilities": [0.1]}, {"probabilities": [0.2]}], "say by a setting"),
        ([{"labels": ["a"], "scores": []}] * 2, "not as many scores as classes"),
        ([{"labels": ["a", "a"], "scores": [0.1, 0.2]}] * 2, "a class twice"),
        ([[float("nan")], [1.0]], "NaN, infinity"),
        ([[0.0, 0.0], [-1e308, 1e308]], "beyond all that is meant"),
        ([None, None], "neither numbers nor lists|NaN"),
    ],
)
def test_what_is_no_list_of_predictions_is_refused(predictions, told):
    with pytest.raises(UnexpectedAnswer, match=told):
        outputs.read(predictions, 2, "here")


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        ({"shape": [2, 3], "datatype": "BYTES", "data": list("abcabc")}, "6 words about 2 records"),
        ({"shape": [2, *[10**9] * 500], "datatype": "BYTES", "data": []}, "of no shape"),
        ({"shape": [2, 10**3000], "datatype": "FP32", "data": []}, "of no shape"),
        ({"shape": [3, 1], "datatype": "FP32", "data": [0, 1, 0]}, "3 predictions to 2 records"),
    ],
)
def test_what_is_no_tensor_of_predictions_is_refused(tensor, told):
    body = json.dumps({"outputs": [{"name": "one", **tensor}]}).encode()
    with pytest.raises(UnexpectedAnswer, match=told):
        OpenInference().outputs(Reply("here", 200, {}, body, 0), 2)


def test_words_of_several_a_record_stand_beside_scores():
    scores = {"name": "scores", "shape": [2, 3], "datatype": "FP64", "data": SCORES[:2].tolist()}
    classes = {"name": "classes", "shape": [2, 3], "datatype": "BYTES", "data": list("abcabc")}
    body = json.dumps({"outputs": [classes, scores]}).encode()
    answered = OpenInference().outputs(Reply("here", 200, {}, body, 0), 2)
    assert answered.numbers.tolist() == SCORES[:2].tolist()


def test_every_kind_has_words_for_a_report():
    assert set(reading.SAID) == set(reading.READ)
