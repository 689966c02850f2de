"""Imitation: the target's answers to known non-members tell what it would say of a record it never saw."""

from dataclasses import replace

import numpy as np
import pytest

from attacker import signals
from attacker.answers import Answers
from attacker.attacks.imitation import Imitation, features, imitated
from attacker.errors import CannotAttack, ConfigurationError
from attacker.records import Records
from attacker.ridge import FLOOR, PENALTY
from attacker.shadow_answers import Shadows
from attacker.statistics.roc import roc
from attacker.threat_model import Asked, Case
from attacker.transcript import Transcript

CLASSES, FEATURES = 4, 12


def made(access="disjoint", *, leak=3.0, members=100, apart=60, shadows=4, seed=0):
    """Linear models that are surer of what they learned; `apart` known records are in no model."""
    rng = np.random.default_rng(seed)
    count = 2 * members + (0 if access == "adaptive" else 2 * members) + apart
    records = rng.integers(0, 3, (count, FEATURES)).astype(np.float64)
    weights = rng.standard_normal((FEATURES, CLASSES))
    labels = (records @ weights + 3 * rng.standard_normal((count, CLASSES))).argmax(axis=1)
    pool = np.arange(2 * members) + (0 if access == "adaptive" else 2 * members)
    member = np.zeros((shadows + 1, count), bool)
    for number in range(0, shadows, 2):
        order = rng.permutation(pool)
        member[number, order[:members]] = member[number + 1, order[members:]] = True
    member[shadows, rng.permutation(2 * members)[:members]] = True
    logits = records @ weights + 0.5 * rng.standard_normal((shadows + 1, count, CLASSES))
    logits[:, np.arange(count), labels] += leak * member
    odds = np.exp(logits - logits.max(axis=2, keepdims=True))
    answers = (odds / odds.sum(axis=2, keepdims=True)).astype(np.float32)
    candidates = 2 * members
    transcript = Transcript(
        classes=tuple("abcd"),
        access=access,
        candidates=Records(labels[:candidates], records[:candidates]),
        known=Records(labels[candidates:], records[candidates:]),
        targets=answers[shadows:, :candidates],
        targets_known=answers[shadows:, candidates:],
        shadows=answers[:shadows],
        member=member[:shadows],
        pool=pool,
        known_member=np.empty(0, bool),
    )
    return transcript, member[shadows, :candidates]


DISJOINT, TRUTH = made()


def fitted(transcript=DISJOINT, **parameters):
    return Imitation(**parameters).fit(transcript.view(), np.random.default_rng(1))


def slow_prediction(record, records, answers):
    """Confidence vector (K,) by least squares on records added: one of length sqrt(penalty) a feature."""
    centre, deviation = records.mean(axis=0), records.std(axis=0)
    logs = np.array([[np.log(max(p, FLOOR)) for p in vector] for vector in answers])
    logs = np.array([vector - vector.mean() for vector in logs])
    added = np.sqrt(PENALTY * FEATURES) * np.eye(FEATURES)
    design = np.vstack([(records - centre) / deviation, added])
    wanted = np.vstack([logs - logs.mean(axis=0), np.zeros((FEATURES, CLASSES))])
    weights = np.linalg.lstsq(design, wanted)[0]
    powers = np.exp((record - centre) / deviation @ weights + logs.mean(axis=0))
    return powers / powers.sum()


def log_odds(vector, label):
    return np.log(vector[label]) - np.log(np.delete(vector, label).sum())


def test_features_are_those_of_a_slow_loop():
    case = DISJOINT.case(0)
    known = case.known
    found = features(case.candidates, known)
    for row in range(0, 200, 10):
        label, own = case.candidates.answers.labels[row], case.candidates.answers.probabilities[row]
        imitation = slow_prediction(
            case.candidates.features[row], known.features, known.answers.probabilities
        )
        first, second = log_odds(own, label), log_odds(imitation, label)
        assert found[row] == pytest.approx([first, second, first - second])


def asked(records, probabilities):
    labels = np.zeros(len(records), np.int64)
    none = Shadows.of(
        labels, np.empty((0, *probabilities.shape), np.float32), np.empty((0, len(labels)), bool)
    )
    return Asked(records, Answers(labels, probabilities), none)


def test_a_known_record_is_imitated_as_if_it_were_not_known():
    """Exactly so where the features have mean 0 and deviation 1; else these are still those of all."""
    rng = np.random.default_rng(2)
    half = rng.standard_normal((15, 5))
    records = np.concatenate([half, -half]) / half.std(axis=0)
    records /= np.sqrt((records**2).mean(axis=0))
    known = asked(records, rng.dirichlet(np.ones(CLASSES), 30))
    logs = np.log(known.answers.probabilities)
    logs -= logs.mean(axis=1, keepdims=True)
    found = imitated(records, known)
    for row in range(30):
        rest = np.arange(30) != row
        design = np.column_stack([np.ones(29), records[rest]])
        penalties = np.diag([0.0] + [PENALTY * 5] * 5)
        weights = np.linalg.solve(design.T @ design + penalties, design.T @ logs[rest])
        powers = np.exp(np.append(1, records[row]) @ weights)
        assert found[row] == pytest.approx(powers / powers.sum())


def test_what_a_model_says_of_a_record_does_not_tell_what_it_would_have_said():
    """Nor what it says of a record that is known twice."""
    rng = np.random.default_rng(3)
    records = rng.standard_normal((40, 5))
    records[7] = records[30]
    probabilities = rng.dirichlet(np.ones(CLASSES), 40)
    probabilities[7] = probabilities[30]
    before = imitated(records, asked(records, probabilities))
    probabilities[[7, 30]] = np.eye(CLASSES)[0]
    after = imitated(records, asked(records, probabilities))
    assert np.allclose(before[[7, 30]], after[[7, 30]], atol=1e-9)
    assert not np.allclose(before[8], after[8], atol=1e-3)


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
def test_shadows_in_the_targets_place_are_imitated_from_what_they_did_not_learn(access):
    transcript, _ = made(access)
    view = transcript.view()
    attack = fitted(transcript)
    table, member = attack.training_set(view, np.random.default_rng(0))
    rows = iter(table)
    for shadow in range(4):
        answers = view.shadows[shadow]
        known = ~answers.member
        if access == "adaptive":
            known[view.pool] = False
        assert attack.known_ == known.sum()
        for record in view.pool:
            row = next(rows)
            if answers.member[record]:
                imitation = slow_prediction(
                    view.features[record], view.features[known], answers.probabilities[known]
                )
                assert row[1] == pytest.approx(log_odds(imitation, answers.labels[record]))
            assert row[0] == pytest.approx(log_odds(answers.probabilities[record], answers.labels[record]))
    assert member.tolist() == view.shadows.member[view.pool].T.ravel().tolist()


def test_the_score_is_the_mean_over_draws_of_as_many_known_records_as_a_shadow_has():
    attack, case = fitted(draws=3), DISJOINT.case(0)
    assert (attack.known_, len(case.known)) == (160, 260)
    draws = [attack.drawn(case.known, draw) for draw in range(3)]
    assert len({tuple(drawn.features.ravel()) for drawn in draws}) == 3
    group = np.zeros(200, np.int64)
    judged = [attack.classifier_.probability(features(case.candidates, drawn), group) for drawn in draws]
    assert attack.score(case) == pytest.approx(sum(judged) / 3)
    one = fitted(draws=1)
    few = Case(case.candidates, case.known.take(np.arange(160)))
    assert attack.score(few).tolist() == one.score(few).tolist()


def test_nothing_but_the_known_records_and_the_candidate_is_used():
    attack, case = fitted(), DISJOINT.case(0)
    scores = attack.score(case)
    for rows in (np.arange(199, -1, -7), np.array([5]), np.array([5, 5, 90])):
        assert attack.score(Case(case.candidates.take(rows), case.known)).tolist() == scores[rows].tolist()
    layout = replace(case.candidates, records=np.asfortranarray(case.candidates.features))
    assert attack.score(Case(layout, case.known)).tolist() == scores.tolist()
    none = DISJOINT.shadows.copy()
    none[:, :200] = 0.25
    assert attack.score(replace(DISJOINT, shadows=none).case(0)).tolist() == scores.tolist()


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
def test_members_are_found_better_than_by_their_score_alone(access):
    transcript, truth = made(access, members=300)
    case = transcript.case(0)
    alone = signals.scaled_log_odds(case.candidates.answers.probabilities, case.candidates.answers.labels)
    attack = fitted(transcript)
    assert roc(attack.score(case), truth).auc() > roc(alone, truth).auc() + 0.1
    assert (attack.decide(case) == truth).mean() > 0.8


@pytest.mark.parametrize("known", [0, 1])
def test_known_non_members_are_needed(known):
    case = DISJOINT.case(0)
    with pytest.raises(CannotAttack, match="grants a population"):
        fitted().score(Case(case.candidates, case.known.take(np.arange(known))))


def test_shadows_that_learned_all_there_is_cannot_be_imitated():
    everything, _ = made("adaptive", apart=0)
    with pytest.raises(CannotAttack, match="grants a population"):
        fitted(everything)


@pytest.mark.parametrize("parameters", [{"draws": 0}, {"records": 0}])
def test_draws_and_records_are_counted_from_one(parameters):
    with pytest.raises(ConfigurationError, match="from 1 up"):
        Imitation(**parameters).check()
