"""Shadows in the target's place are compared with as few others as the target's own distance asks for."""

import numpy as np
import pytest
from made_transcript import transcript

from attacker.references import Draw, fair_number, some


def learned(share, records=2000, shadows=20):
    return np.random.default_rng(0).random((records, shadows)) < share


def test_the_more_records_shadows_share_the_fewer_references_are_fair():
    assert fair_number(learned(0.5)) == 1  # half of the records: 0.5 / 1
    assert fair_number(learned(0.1)) == 4  # a tenth: 0.9 / 0.2
    assert fair_number(learned(0.01)) == 9  # never more than a record has
    assert fair_number(np.ones((10, 1), bool)) == 1


def test_with_fair_references_a_shadow_is_as_far_from_them_as_the_target():
    """Models are sums of what records teach: shadows learn a quarter of a pool, the target strangers."""
    rng = np.random.default_rng(3)
    member = np.stack([np.isin(np.arange(800), rng.permutation(800)[:200]) for _ in range(30)], axis=1)
    shadows = rng.standard_normal((2000, 800)) @ member
    target = rng.standard_normal((2000, 200)).sum(axis=1)

    def distance(model, references):
        return np.std(model - references.mean(axis=1))

    fair = shadows[:, 1 : 1 + fair_number(member)]
    assert distance(shadows[:, 0], fair) == pytest.approx(distance(target, shadows), rel=0.1)
    assert distance(shadows[:, 0], shadows[:, 1:]) < 0.85 * distance(target, shadows)


def test_in_a_disjoint_game_every_record_of_a_pseudo_target_has_as_many_references():
    made = transcript(3.0, shadows=8)
    view = made.view()
    case, member = view.case_of(2)
    assert set(case.candidates.shadows.out.sum(axis=1).tolist()) == {view.fair_references}
    real = np.delete(~made.member[:, made.pool], 2, axis=0).T
    assert not (case.candidates.shadows.out & ~real).any()
    everything, _ = view.case_of(2, fair=False)
    assert (everything.candidates.shadows.out == real).all()
    assert (view.case_of(2, 1)[0].candidates.shadows.out != case.candidates.shadows.out).any()
    assert (made.member[2, made.pool] == member).all()


def test_in_an_adaptive_game_all_references_stay():
    made = transcript(3.0, shadows=8, access="adaptive")
    case, _ = made.view().case_of(2)
    assert (case.candidates.shadows.member == np.delete(made.member, 2, axis=0)[:, made.pool].T).all()


def test_references_are_drawn_among_those_to_use():
    use = np.random.default_rng(0).random((300, 10)) < 0.4
    drawn = some(use, 3, np.random.default_rng(1))
    assert not (drawn & ~use).any()
    assert (drawn.sum(axis=1) == np.minimum(use.sum(axis=1), 3)).all()
    assert (drawn.sum(axis=0) > 40).all()


@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_record_draws_the_same_references_in_any_company(count):
    use = np.random.default_rng(0).random((400, 10)) < 0.6
    draw, rows = Draw(count, (4, 1), np.arange(400)), np.array([399, 0, 17, 18, 19, 5])
    drawn = draw.among(use)
    assert (draw.take(rows).among(use[rows]) == drawn[rows]).all()
    assert (drawn == some(use, count, np.random.default_rng([4, 1]))).all()
    assert (drawn != Draw(count, (5, 1), np.arange(400)).among(use)).any() or count == 10


def test_a_shadow_alone_has_no_references():
    assert Draw(1, (0, 0), np.arange(5)).among(np.empty((5, 0), bool)).shape == (5, 0)
