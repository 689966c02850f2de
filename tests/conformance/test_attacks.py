"""What every attack promises, asked of every file in `attacker/attacks`."""

import inspect
from dataclasses import dataclass, fields

import numpy as np
import pytest

from attacker.attack import ATTACKS
from attacker.attacks.loss_threshold import best_threshold
from attacker.attacks.shokri import features_of
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack
from attacker.statistics.roc import roc
from attacker.threat_model import Answers, ShadowAnswers

CLASSES = ("food", "shop", "work", "home", "park")
NULLS = {"random_guess"}  # attacks that must find nothing anywhere


@dataclass(frozen=True)
class View:
    """What `attacker.threat_model.AdversaryView` asks for, and nothing more."""

    classes: tuple[str, ...]
    shadows: tuple[ShadowAnswers, ...]


def shadow(rng, leak, records=500):
    """A model's answers: sharper for members by `leak`, and right more often."""
    labels = rng.integers(len(CLASSES), size=records)
    member = np.arange(records) % 2 == 0
    logits = rng.standard_normal((records, len(CLASSES)))
    logits[np.arange(records), labels] += 1 + leak * member
    weights = np.exp(logits)
    return ShadowAnswers(labels, weights / weights.sum(axis=1, keepdims=True), member)


def view(leak, seed=0, shadows=4):
    rng = np.random.default_rng(seed)
    return View(CLASSES, tuple(shadow(rng, leak) for _ in range(shadows)))


def game(leak, records=2000, seed=1):
    """A target's answers to candidates, and apart from them the truth."""
    drawn = shadow(np.random.default_rng(seed), leak, records)
    return Answers(drawn.labels, drawn.probabilities), drawn.member


def take(answers, rows):
    return Answers(answers.labels[rows], answers.probabilities[rows])


LEAK, NULL = view(3.0), view(0.0)


@pytest.fixture(scope="module", params=ATTACKS.names())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def attack(name):
    return ATTACKS.load(name)().fit(LEAK, np.random.default_rng(5))


def test_an_attack_describes_itself(name):
    found = ATTACKS.load(name)
    assert 20 < len(found.summary()) < 110
    assert found.summary().endswith(".")
    assert len(found.paper) > 10
    assert found.needs.answers in ("labels", "probabilities")
    assert found.needs.queries_per_candidate >= 1


def test_parameters_are_the_keywords_of_the_constructor(name):
    found = ATTACKS.load(name)
    signature = inspect.signature(found).parameters
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in signature.values())
    assert found().parameters() == {key: parameter.default for key, parameter in signature.items()}
    assert found(**found().parameters()).parameters() == found().parameters()


def test_scores_and_decisions_have_one_entry_a_candidate(attack):
    answers, _ = game(3.0, 101)
    scores = attack.score(answers)
    assert (scores.shape, scores.dtype) == ((101,), np.float64)
    assert np.isfinite(scores).all()
    decisions = attack.decide(answers)
    assert (decisions.shape, decisions.dtype) == ((101,), np.bool_)
    assert (decisions == attack.decide(answers, scores)).all()


def test_the_same_seed_gives_the_same_result(name, attack):
    again = ATTACKS.load(name)().fit(LEAK, np.random.default_rng(5))
    answers, _ = game(3.0)
    assert (again.score(answers) == attack.score(answers)).all()
    assert (again.decide(answers) == attack.decide(answers)).all()


def test_a_second_fit_forgets_the_first(name, attack):
    refitted = ATTACKS.load(name)().fit(NULL, np.random.default_rng(1)).fit(LEAK, np.random.default_rng(5))
    answers, _ = game(3.0)
    assert (refitted.score(answers) == attack.score(answers)).all()


def test_a_planted_leak_is_found_and_members_score_higher(name, attack):
    answers, truth = game(3.0)
    auc = roc(attack.score(answers), truth).auc()
    decisions = attack.decide(answers)
    advantage = decisions[truth].mean() - decisions[~truth].mean()
    if name in NULLS:
        assert abs(auc - 0.5) < 0.06
        assert abs(advantage) < 0.12
    else:
        assert auc > 0.65
        assert advantage > 0.25


def test_nothing_is_found_where_nothing_leaks(name):
    fitted = ATTACKS.load(name)().fit(NULL, np.random.default_rng(5))
    answers, truth = game(0.0)
    decisions = fitted.decide(answers)
    assert abs(roc(fitted.score(answers), truth).auc() - 0.5) < 0.06  # 4.6 standard deviations
    assert abs(decisions[truth].mean() - decisions[~truth].mean()) < 0.12


def test_each_candidate_is_judged_alone(attack):
    answers, _ = game(3.0, 200)
    scores, decisions = attack.score(answers), attack.decide(answers)
    subsets = [np.arange(100), np.arange(199, -1, -3), *([row] for row in range(0, 200, 7))]
    for rows in subsets:
        some = take(answers, rows)
        assert attack.score(some).tolist() == scores[rows].tolist()
        assert attack.decide(some).tolist() == decisions[rows].tolist()


def test_scores_do_not_change_what_is_known(attack):
    answers, _ = game(3.0, 50)
    before = answers.probabilities.copy()
    attack.score(answers)
    assert (answers.probabilities == before).all()


def test_an_attack_that_needs_shadows_says_so_when_it_has_none(name):
    found = ATTACKS.load(name)
    empty = View(CLASSES, ())
    if found.needs.shadows:
        with pytest.raises(CannotAttack, match="train at least one"):
            found().fit(empty, np.random.default_rng(0))
    else:
        assert found().fit(empty, np.random.default_rng(0)).decide(game(0.0, 10)[0]).shape == (10,)


@pytest.mark.parametrize("name", [name for name in ATTACKS.names() if ATTACKS.load(name).needs.shadows])
def test_an_attack_that_needs_shadows_says_so_when_all_records_were_in(name):
    only_in = tuple(ShadowAnswers(s.labels, s.probabilities, np.ones_like(s.member)) for s in LEAK.shadows)
    with pytest.raises(CannotAttack, match="both kinds"):
        ATTACKS.load(name)().fit(View(CLASSES, only_in), np.random.default_rng(0))


def test_certain_answers_break_nothing(attack):
    answers = Answers(np.arange(5), np.eye(5)[[0, 0, 2, 2, 4]])
    assert np.isfinite(attack.score(answers)).all()


# The threat model


def test_what_an_attack_is_given_has_no_place_for_the_candidates_membership():
    assert [field.name for field in fields(Answers)] == ["labels", "probabilities"]
    assert not isinstance(game(0.0, 4)[0], ShadowAnswers)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], [[1.0, 0.0]], "do not fit"),
        ([2], [[1.0, 0.0]], "must index"),
        ([-1], [[1.0, 0.0]], "must index"),
        ([0], [[np.nan, 0.0]], "finite"),
    ],
)
def test_answers_that_cannot_be_are_refused(labels, probabilities, message):
    with pytest.raises(ValueError, match=message):
        Answers(np.array(labels), np.array(probabilities))


# Gap, loss threshold


def test_the_gap_attacks_advantage_is_the_generalisation_gap():
    answers, truth = game(3.0)
    right = answers.probabilities.argmax(axis=1) == answers.labels
    decisions = ATTACKS.load("gap")().fit(LEAK, np.random.default_rng(0)).decide(answers)
    assert decisions[truth].mean() - decisions[~truth].mean() == right[truth].mean() - right[~truth].mean()


@pytest.mark.parametrize("seed", range(20))
def test_the_best_threshold_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    member = np.append(rng.random(30) < 0.4, [True, False])
    scores = np.round(rng.standard_normal(32) + rng.choice([-1, 0, 1]) * member, 1)

    def balanced_accuracy(threshold):
        return np.mean(scores[member] > threshold) + np.mean(scores[~member] <= threshold)

    found = best_threshold(scores, member)
    assert balanced_accuracy(found) == pytest.approx(max(map(balanced_accuracy, [-np.inf, *scores])))


def test_a_threshold_does_not_split_ties():
    scores, member = np.array([1.0, 1.0, 1.0, 0.0]), np.array([True, True, False, False])
    assert best_threshold(scores, member) == 0.0


# Shokri


def test_the_features_are_the_true_class_then_the_others_from_the_largest_down():
    answers, _ = game(1.0, 50)
    for row, features in enumerate(features_of(answers)):
        label, probabilities = answers.labels[row], answers.probabilities[row].tolist()
        true = probabilities.pop(label)
        assert features.tolist() == np.log([true, *sorted(probabilities, reverse=True)]).tolist()


@pytest.mark.parametrize("label", [0, 4])
def test_a_class_is_judged_by_its_own_shadow_records_alone(label):
    disturbed = []
    for one in LEAK.shadows:
        probabilities, of_class = one.probabilities.copy(), one.labels == label
        probabilities[of_class] = np.roll(probabilities[of_class], 1, axis=0) ** 2
        disturbed.append(ShadowAnswers(one.labels, probabilities, one.member))
    answers, _ = game(3.0, 300)
    before, after = (
        ATTACKS.load("shokri")().fit(known, np.random.default_rng(0)).score(answers)
        for known in (LEAK, View(CLASSES, tuple(disturbed)))
    )
    assert ((before == after) == (answers.labels != label)).all()


def test_a_class_is_judged_alike_when_another_class_has_fewer_records():
    fewer = tuple(
        ShadowAnswers(one.labels[keep], one.probabilities[keep], one.member[keep])
        for one in LEAK.shadows
        for keep in [(one.labels != 2) | (np.arange(500) < 250)]
    )
    answers, _ = game(3.0, 300)
    before, after = (
        ATTACKS.load("shokri")().fit(known, np.random.default_rng(0)).score(answers)
        for known in (LEAK, View(CLASSES, fewer))
    )
    assert (before[answers.labels != 2] == after[answers.labels != 2]).all()


def test_a_class_without_out_records_learns_from_all_classes():
    lacking = tuple(
        ShadowAnswers(one.labels[keep], one.probabilities[keep], one.member[keep])
        for one in LEAK.shadows
        for keep in [(one.labels != 2) | one.member]
    )
    answers, truth = game(3.0, 3000)
    scores = ATTACKS.load("shokri")().fit(View(CLASSES, lacking), np.random.default_rng(0)).score(answers)
    of_class = answers.labels == 2
    assert roc(scores[of_class], truth[of_class]).auc() > 0.8


def separable(rng, records=600):
    """Two groups in which opposite signs of the first column mean "in"; a fifth of the records are in."""
    features, groups = rng.standard_normal((records, 3)), np.arange(records) % 2
    member = np.arange(records) % 5 == 0
    features[:, 0] += 3.0 * member * np.where(groups == 0, 1, -1)
    return features, groups, member


def test_the_neural_network_answers_as_its_weights_say():
    fitted = CLASSIFIERS.load("neural_network")(steps=20)
    fitted.fit(*separable(np.random.default_rng(0)), 2, np.random.default_rng(1))
    first, first_bias, second, second_bias = fitted.weights_
    features, groups, _ = separable(np.random.default_rng(2), 20)
    for record, group, probability in zip(
        features, groups, fitted.probability(features, groups), strict=True
    ):
        inputs = (record - fitted.centre_[group]) / fitted.scale_[group]
        hidden = np.maximum(inputs @ first[group] + first_bias[group, 0], 0)
        out, into = np.exp(hidden @ second[group] + second_bias[group, 0])
        assert probability == pytest.approx(into / (into + out))
