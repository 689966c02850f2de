"""What every attack promises, asked of every file in `attacker/attacks`."""

import inspect
from dataclasses import fields, replace

import numpy as np
import pytest
from made_transcript import halved, transcript, without_shadows

from attacker.answers import Answers
from attacker.attack import ATTACKS
from attacker.attacks.shokri import features_of
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack
from attacker.shadow_answers import ShadowAnswers
from attacker.statistics.roc import roc

NULLS = {"random_guess"}  # attacks that must find nothing anywhere
CAUTIOUS = {"population", "quantile_regression"}  # whose threshold aims at few false alarms

LEAK, NULL = (transcript(leak, seed) for leak, seed in ((3.0, 0), (0.0, 1)))
ADAPTIVE, PAIR = transcript(3.0, 2, access="adaptive"), transcript(3.0, 3, targets=2)
VIEW, CASE, TRUTH = LEAK.view(), LEAK.case(0), LEAK.truth


@pytest.fixture(scope="module", params=ATTACKS.names())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def attack(name):
    return ATTACKS.load(name)().fit(VIEW, np.random.default_rng(5))


@pytest.fixture(scope="module")
def scores(attack):
    return attack.score(CASE)


def test_an_attack_describes_itself(name):
    found = ATTACKS.load(name)
    assert 20 < len(found.summary()) < 110
    assert found.summary().endswith(".")
    assert len(found.paper) > 10
    assert found.needs.answers in ("labels", "probabilities")


def test_parameters_are_the_keywords_of_the_constructor(name):
    found = ATTACKS.load(name)
    signature = inspect.signature(found).parameters
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in signature.values())
    assert found().parameters() == {key: parameter.default for key, parameter in signature.items()}
    assert found(**found().parameters()).parameters() == found().parameters()
    found().check()


def test_scores_and_decisions_have_one_entry_a_candidate(attack, scores):
    assert (scores.shape, scores.dtype) == (TRUTH[0].shape, np.float64)
    assert np.isfinite(scores).all()
    decisions = attack.decide(CASE)
    assert (decisions.shape, decisions.dtype) == (TRUTH[0].shape, np.bool_)
    assert (decisions == attack.decide(CASE, scores)).all()


def test_scores_that_are_called_probabilities_are_some(attack, scores):
    if attack.probabilities:
        assert 0 <= scores.min() <= scores.max() <= 1
        assert abs(scores.mean() - 0.5) < 0.1  # half of the candidates are members


def test_the_same_seed_gives_the_same_result(name, scores, attack):
    again = ATTACKS.load(name)().fit(VIEW, np.random.default_rng(5))
    assert (again.score(CASE) == scores).all()
    assert (again.decide(CASE) == attack.decide(CASE)).all()


def test_a_second_fit_forgets_the_first(name, scores):
    refitted = ATTACKS.load(name)().fit(NULL.view(), np.random.default_rng(1))
    refitted.score(NULL.case(0))
    assert (refitted.fit(VIEW, np.random.default_rng(5)).score(CASE) == scores).all()


def test_a_planted_leak_is_found_and_members_score_higher(name, attack, scores):
    auc = roc(scores, TRUTH[0]).auc()
    decisions = attack.decide(CASE)
    advantage = decisions[TRUTH[0]].mean() - decisions[~TRUTH[0]].mean()
    if name in NULLS:
        assert abs(auc - 0.5) < 0.13  # 4.5 standard deviations
        assert abs(advantage) < 0.25
    else:
        assert auc > 0.65
        assert advantage > (0.05 if name in CAUTIOUS else 0.2)


def test_a_planted_leak_is_found_where_shadows_may_learn_candidates(name):
    fitted = ATTACKS.load(name)().fit(ADAPTIVE.view(), np.random.default_rng(5))
    case, truth = ADAPTIVE.case(0), ADAPTIVE.truth[0]
    if name not in NULLS:
        assert roc(fitted.score(case), truth).auc() > 0.65
        decisions = fitted.decide(case)
        assert decisions[truth].mean() > decisions[~truth].mean()


def test_nothing_is_found_where_nothing_leaks(name):
    fitted = ATTACKS.load(name)().fit(NULL.view(), np.random.default_rng(5))
    case, truth = NULL.case(0), NULL.truth[0]
    decisions = fitted.decide(case)
    assert abs(roc(fitted.score(case), truth).auc() - 0.5) < 0.13
    assert abs(decisions[truth].mean() - decisions[~truth].mean()) < 0.25


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
def test_each_candidate_is_judged_alone(name, access):
    made = {"disjoint": LEAK, "adaptive": ADAPTIVE}[access]
    fitted, case = ATTACKS.load(name)().fit(made.view(), np.random.default_rng(5)), made.case(0)
    scores, decisions = fitted.score(case), fitted.decide(case)
    for rows in [np.arange(200), np.arange(399, -1, -3), *([row] for row in range(0, 400, 50))]:
        some = halved(case, np.array(rows))
        assert fitted.score(some).tolist() == scores[rows].tolist()
        assert fitted.decide(some).tolist() == decisions[rows].tolist()


def test_each_target_is_judged_alone(name):
    fitted = ATTACKS.load(name)().fit(PAIR.view(), np.random.default_rng(5))
    both = [fitted.score(case) for case in PAIR.cases()]
    for target in (1, 0):
        alone = replace(
            PAIR,
            targets=PAIR.targets[[target]],
            targets_known=PAIR.targets_known[[target]],
            targets_observed={probe: seen[[target]] for probe, seen in PAIR.targets_observed.items()},
        )
        fitted = ATTACKS.load(name)().fit(alone.view(), np.random.default_rng(5))
        assert (fitted.score(alone.case(0)) == both[target]).all()


def test_scores_do_not_change_what_is_known(attack):
    before = CASE.candidates.answers.probabilities.copy(), LEAK.shadows.copy(), LEAK.member.copy()
    attack.score(CASE)
    assert (CASE.candidates.answers.probabilities == before[0]).all()
    assert (LEAK.shadows == before[1]).all()
    assert (LEAK.member == before[2]).all()


@pytest.mark.parametrize("name", [name for name in ATTACKS.names() if ATTACKS.load(name).needs.shadows])
def test_an_attack_that_needs_shadows_says_so_when_it_has_none(name):
    with pytest.raises(CannotAttack, match="train at least one"):
        ATTACKS.load(name)().fit(without_shadows(LEAK).view(), np.random.default_rng(0))


@pytest.mark.parametrize("name", [name for name in ATTACKS.names() if not ATTACKS.load(name).needs.shadows])
def test_an_attack_that_needs_no_shadows_works_without(name):
    alone = without_shadows(LEAK)
    fitted = ATTACKS.load(name)().fit(alone.view(), np.random.default_rng(0))
    assert fitted.decide(alone.case(0)).shape == TRUTH[0].shape


@pytest.mark.parametrize("name", [name for name in ATTACKS.names() if ATTACKS.load(name).needs.shadows])
def test_an_attack_that_needs_shadows_says_so_when_all_records_were_in(name):
    only_in = replace(LEAK, member=np.broadcast_to(np.arange(850) >= 400, LEAK.member.shape))
    with pytest.raises(CannotAttack):
        ATTACKS.load(name)().fit(only_in.view(), np.random.default_rng(0))


def test_certain_answers_break_nothing(attack):
    certain = replace(LEAK, targets=np.eye(5, dtype=np.float32)[LEAK.candidates.labels][None])
    assert np.isfinite(attack.score(certain.case(0))).all()
    wrong = replace(LEAK, targets=np.eye(5, dtype=np.float32)[(LEAK.candidates.labels + 1) % 5][None])
    assert np.isfinite(attack.score(wrong.case(0))).all()


def test_shadows_that_are_certain_break_nothing(name):
    labels = LEAK.records.labels
    shadows = np.where(
        LEAK.member[:, :, None], np.eye(5)[labels], np.eye(5)[(labels + labels % 3) % 5]
    ).astype(np.float32)
    certain = replace(LEAK, shadows=shadows)
    fitted = ATTACKS.load(name)().fit(certain.view(), np.random.default_rng(0))
    assert np.isfinite(fitted.score(certain.case(0))).all()


# The threat model


def test_what_an_attack_is_given_has_no_place_for_the_candidates_membership():
    assert [field.name for field in fields(Answers)] == ["labels", "probabilities", "observed"]
    assert not isinstance(CASE.candidates.answers, ShadowAnswers)
    assert not CASE.candidates.shadows.member.any()


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


# Gap, thresholds


def test_the_gap_attacks_advantage_is_the_generalisation_gap():
    right = LEAK.targets[0].argmax(axis=1) == LEAK.candidates.labels
    decisions = ATTACKS.load("gap")().fit(VIEW, np.random.default_rng(0)).decide(CASE)
    truth = TRUTH[0]
    assert decisions[truth].mean() - decisions[~truth].mean() == right[truth].mean() - right[~truth].mean()


# Shokri


def test_the_features_are_the_true_class_then_the_others_from_the_largest_down():
    answers = CASE.candidates.answers
    for row, features in enumerate(features_of(answers)):
        label, probabilities = answers.labels[row], answers.probabilities[row].tolist()
        true = probabilities.pop(label)
        assert features.tolist() == np.log([true, *sorted(probabilities, reverse=True)]).tolist()


def shokri(made):
    return ATTACKS.load("shokri")().fit(made.view(), np.random.default_rng(0)).score(CASE)


@pytest.mark.parametrize("label", [0, 4])
def test_a_class_is_judged_by_its_own_shadow_records_alone(label):
    disturbed, of_class = LEAK.shadows.copy(), LEAK.records.labels == label
    disturbed[:, of_class] = np.roll(disturbed[:, of_class], 1, axis=1) ** 2
    changed = shokri(LEAK) != shokri(replace(LEAK, shadows=disturbed))
    assert (changed == (LEAK.candidates.labels == label)).all()


def test_a_class_without_out_records_learns_from_all_classes():
    of_class = LEAK.records.labels == 2
    scores = shokri(replace(LEAK, member=LEAK.member | of_class))
    own = LEAK.candidates.labels == 2
    assert roc(scores[own], TRUTH[0][own]).auc() > 0.7


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
