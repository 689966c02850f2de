"""Label-only attacks: what they learn from, what they cost, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
from made_transcript import COPIES, PATHS, halved, transcript

from attacker.attacks.label_only import LabelOnly
from attacker.attacks.label_only_boundary import LabelOnlyBoundary
from attacker.errors import CannotAttack, ConfigurationError
from attacker.probes import boundary, feature_noise
from attacker.statistics.roc import roc

LEAK, ADAPTIVE = transcript(2.0, 1), transcript(2.0, 2, access="adaptive")
ATTACKS = [LabelOnly(queries=1), LabelOnly(queries=51), LabelOnlyBoundary()]
MADE = {"disjoint": LEAK, "adaptive": ADAPTIVE}


def fitted(attack, made=LEAK):
    return attack.fit(made.view(), np.random.default_rng(0))


def auc(attack, made=LEAK):
    return roc(fitted(attack, made).score(made.case(0)), made.truth[0]).auc()


def slow_counts(attack, labels, probabilities, seen):
    """One model's counts, a record at a time."""
    rows = []
    for record, (label, vector) in enumerate(zip(labels, probabilities, strict=True)):
        right = int(vector.argmax() == label)
        if isinstance(attack, LabelOnlyBoundary):
            distances = seen[boundary.Boundary(PATHS).name][record] * right
            around = [sum(distance > rate for distance in distances) for rate in range(len(boundary.RATES))]
        else:
            copies = attack.queries - 1
            bits = np.unpackbits(seen[feature_noise.FeatureNoise(COPIES).name][record])[:copies]
            rates = len(feature_noise.RATES)
            around = [bits[rate::rates].sum() for rate in range(rates)] if copies else []
        rows.append([right, *around])
    return np.array(rows, np.int64)


@pytest.mark.parametrize("access", MADE)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{type(attack).__name__} {attack.queries}")
def test_the_columns_are_the_targets_counts_and_the_means_of_each_side(attack, access):
    made = MADE[access]
    fitted(attack, made)
    asked = made.case(0).candidates
    of_target, of_shadows = attack.of(asked.answers), attack.of_shadows(asked.shadows)
    found = attack.table(of_target, of_shadows, asked.shadows.member, asked.shadows.out)
    labels = made.candidates.labels
    seen = {name: values[0] for name, values in made.targets_observed.items()}
    own = slow_counts(attack, labels, made.targets[0], seen)
    shadows = [
        slow_counts(
            attack,
            labels,
            answers[: len(labels)],
            {name: values[number] for name, values in made.shadows_observed.items()},
        )
        for number, answers in enumerate(made.shadows)
    ]
    for record in range(0, len(labels), 7):
        learned = made.member[:, record]
        expected = [*own[record], *np.mean([s[record] for s in np.array(shadows)[~learned]], axis=0)]
        if access == "adaptive":
            expected += [*np.mean([s[record] for s in np.array(shadows)[learned]], axis=0)]
        assert found[record].tolist() == pytest.approx(expected, abs=1e-12)


def test_more_queries_tell_more():
    gap = roc(np.array(LEAK.targets[0].argmax(axis=1) == LEAK.candidates.labels, float), LEAK.truth[0]).auc()
    one, eleven, many = (auc(LabelOnly(queries=queries)) for queries in (1, 11, 51))
    assert gap + 0.02 < one
    assert one + 0.03 < eleven < many
    assert auc(LabelOnlyBoundary()) > one + 0.05


def test_shadows_that_learned_the_candidates_are_heard():
    attack = fitted(LabelOnly(queries=51), ADAPTIVE)
    table = attack.table(*[np.ones((3, 6), int), np.ones((3, 4, 6), int)], *np.ones((2, 3, 4), bool))
    assert table.shape == (3, 18)
    assert auc(LabelOnly(queries=51), ADAPTIVE) > 0.8


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{type(attack).__name__} {attack.queries}")
def test_each_candidate_is_judged_alone(attack):
    case = LEAK.case(0)
    scores = fitted(attack).score(case)
    for rows in (np.arange(399, -1, -3), np.array([11])):
        assert attack.score(halved(case, rows)).tolist() == scores[rows].tolist()


def test_fewer_copies_are_read_from_more():
    """A run that asked 51 queries a record serves an attack with 11."""
    few = {
        kept: {
            **getattr(LEAK, kept),
            "feature_noise": np.packbits(
                np.unpackbits(getattr(LEAK, kept)["feature_noise"], axis=2, count=10), axis=2
            ),
        }
        for kept in ("targets_observed", "shadows_observed")
    }
    asked_less = replace(LEAK, **few)
    scores = fitted(LabelOnly(queries=11)).score(LEAK.case(0))
    again = fitted(LabelOnly(queries=11), asked_less).score(asked_less.case(0))
    assert again.tolist() == scores.tolist()
    with pytest.raises(CannotAttack, match="Fewer than 51 queries"):
        fitted(LabelOnly(queries=51), asked_less)


@pytest.mark.parametrize(
    ("attack", "queries"),
    [(LabelOnly(), 11), (LabelOnly(queries=201), 201), (LabelOnlyBoundary(), 33)],
    ids=lambda value: str(getattr(value, "queries", value)),
)
def test_a_record_costs_itself_and_what_the_probe_asks(attack, queries):
    attack.check()
    assert 1 + attack.probe().queries == queries == attack.queries


def test_one_query_is_the_record_alone():
    attack = LabelOnly(queries=1)
    attack.check()
    assert attack.probe() is None
    unobserved = replace(LEAK, targets_observed={}, shadows_observed={})
    assert fitted(attack, unobserved).score(unobserved.case(0)).tolist() == (
        fitted(attack).score(LEAK.case(0)).tolist()
    )


@pytest.mark.parametrize(
    "attack",
    [LabelOnly(), LabelOnlyBoundary()],
    ids=lambda attack: f"{type(attack).__name__} {attack.queries}",
)
def test_what_nobody_asked_is_said(attack):
    with pytest.raises(CannotAttack, match="begin a run with this attack"):
        fitted(attack, replace(LEAK, targets_observed={}, shadows_observed={}))


@pytest.mark.parametrize("queries", [-9, 0, 2, 10, 12, 200])
def test_a_budget_that_is_not_spent_whole_is_refused(queries):
    with pytest.raises(ConfigurationError, match="in tens"):
        LabelOnly(queries=queries).check()


@pytest.mark.parametrize("queries", [-3, 0, 1, 4, 32, 34])
def test_a_budget_of_broken_paths_is_refused(queries):
    with pytest.raises(ConfigurationError, match="4 on each path"):
        LabelOnlyBoundary(queries=queries).check()


def test_a_misclassified_record_lies_on_the_boundary():
    attack = LabelOnlyBoundary()
    wrong = replace(LEAK, targets=np.eye(5, dtype=np.float32)[(LEAK.candidates.labels + 1) % 5][None])
    assert not attack.of(wrong.case(0).candidates.answers).any()


def test_two_shadows_of_one_pair_do_not_suffice():
    pair = replace(
        LEAK,
        shadows=LEAK.shadows[:2],
        member=LEAK.member[:2],
        shadows_observed={name: seen[:2] for name, seen in LEAK.shadows_observed.items()},
    )
    with pytest.raises(CannotAttack, match="train four"):
        fitted(LabelOnly(), pair)


def test_a_candidate_that_all_shadows_learned_has_the_usual_difficulty():
    attack, case = fitted(LabelOnly()), LEAK.case(0)
    everywhere = replace(LEAK, member=LEAK.member | (np.arange(850) == 3))
    scores, again = attack.score(case), attack.score(everywhere.case(0))
    assert np.isfinite(again).all()
    assert (scores != again).tolist() == (np.arange(400) == 3).tolist()
