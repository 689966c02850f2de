"""Operating points, from shadows in the target's place."""

import numpy as np
import pytest
from made_transcript import transcript

from attacker.attack import ATTACKS
from attacker.errors import CannotAttack
from attacker.pseudo_targets import (
    best_threshold,
    folds,
    held_out_scores,
    pseudo_scores,
    threshold_of_precision,
)


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


@pytest.mark.parametrize("precision", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_of_a_precision_is_the_lowest_that_has_it(seed, precision):
    rng = np.random.default_rng(seed)
    member = np.arange(200) < 60
    scores = np.round(rng.standard_normal(200) + 2 * member, 1)

    def reached(threshold):
        hits, alarms = np.mean(scores[member] > threshold), np.mean(scores[~member] > threshold)
        return hits > 0 and hits / (hits + alarms) >= precision

    found = threshold_of_precision(scores, member, precision)
    assert reached(found)
    assert not any(reached(lower) for lower in [-np.inf, *np.unique(scores)] if lower < found)


def test_a_precision_that_no_threshold_has_is_refused():
    with pytest.raises(CannotAttack, match="ask for less"):
        threshold_of_precision(np.array([2.0, 1.0]), np.array([False, True]), 0.9)


def test_every_shadow_stands_in_for_the_target_on_its_own_pool():
    made = transcript(3.0, shadows=3)
    gap = ATTACKS.load("gap")()
    scores, member = pseudo_scores(gap, made.view())
    right = made.shadows.argmax(axis=2) == made.records.labels
    assert scores.tolist() == right[:, made.pool].ravel().tolist()
    assert member.tolist() == made.member[:, made.pool].ravel().tolist()


def test_in_the_targets_place_a_shadow_is_not_its_own_reference():
    made = transcript(3.0, shadows=4)
    case, member = made.view().case_of(1, fair=False)
    assert (case.candidates.shadows.member == np.delete(made.member, 1, axis=0)[:, made.pool].T).all()
    assert (case.candidates.answers.probabilities == made.shadows[1, made.pool]).all()
    assert (member == made.member[1, made.pool]).all()
    assert len(case.known) == 200 + 50  # what it did not learn


def test_in_an_adaptive_game_the_known_records_are_those_of_no_shadow():
    made = transcript(3.0, access="adaptive")
    case, _ = made.view().case_of(0)
    assert (case.known.features == made.known.features).all()
    assert len(case.candidates) == 400


def test_a_pseudo_target_is_scored_by_a_fit_that_learned_nothing_of_its_pair():
    assert list(folds((0, 1, 2, 3, 4, 5))) == [((2, 3), (0, 1, 4, 5)), ((0, 1, 4, 5), (2, 3))]
    with pytest.raises(CannotAttack, match="train three or more"):
        list(folds((0, 1)))


def test_an_attack_that_learns_by_heart_is_not_believed_on_what_it_learned():
    """Within the fit a forest is nearly always right; held out, it is as right as on the target."""
    made = transcript(1.0, 5, shadows=8)
    forest = ATTACKS.load("shokri")(classifier="random_forest")
    rng = np.random.default_rng(0)

    def separation(scores, member):
        return np.mean(scores[member]) - np.mean(scores[~member])

    held_out = separation(*held_out_scores(forest, made.view(), rng))
    forest.fit(made.view(), rng)
    within = separation(*pseudo_scores(forest, made.view()))
    on_target = separation(forest.score(made.case(0)), made.truth[0])
    assert within > 1.3 * held_out
    assert abs(held_out - on_target) < 0.1
