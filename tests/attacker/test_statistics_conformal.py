"""Lists of members at a false discovery rate."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from attacker.statistics.conformal import benjamini_hochberg, conformal_p_values


def test_a_p_value_counts_the_known_non_members_that_score_as_high():
    rng = np.random.default_rng(0)
    scores, known = np.round(rng.standard_normal(50), 1), np.round(rng.standard_normal(30), 1)
    expected = [(1 + sum(other >= score for other in known)) / 31 for score in scores]
    assert conformal_p_values(scores, known).tolist() == pytest.approx(expected)


def test_ties_are_held_against_the_candidate():
    assert conformal_p_values(np.zeros(2), np.zeros(9)).tolist() == [1.0, 1.0]


def test_no_p_value_is_under_what_the_known_can_tell():
    assert conformal_p_values(np.array([99.0]), np.zeros(19)).tolist() == [0.05]


@pytest.mark.parametrize("decimals", [0, 9])
def test_a_non_members_p_value_is_at_or_under_any_level_no_more_often_than_it(decimals):
    rng = np.random.default_rng(1)
    drawn = np.round(rng.standard_normal((4000, 20)), decimals)
    p = np.array([conformal_p_values(row[:1], row[1:])[0] for row in drawn])
    for level in (0.05, 0.1, 0.5):
        assert np.mean(p <= level) <= level + 5 * np.sqrt(level * (1 - level) / 4000)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fdr", [0.05, 0.3])
def test_the_procedure_is_that_of_benjamini_and_hochberg(seed, fdr):
    rng = np.random.default_rng(seed)
    p = np.round(np.append(rng.random(50), rng.random(20) ** 4), 2)
    called = benjamini_hochberg(p, fdr)
    assert called.tolist() == (false_discovery_control(p) <= fdr + 1e-12).tolist()


def test_nobody_is_called_where_no_p_value_is_low_enough():
    assert not benjamini_hochberg(np.full(5, 0.9), 0.1).any()


@pytest.mark.parametrize("fdr", [0.1, 0.3])
def test_so_many_of_those_called_are_no_members_in_the_mean_at_the_most(fdr):
    false, found = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        member = np.arange(200) < 60
        scores, known = rng.standard_normal(200) + 2.5 * member, rng.standard_normal(300)
        called = benjamini_hochberg(conformal_p_values(scores, known), fdr)
        false.append((called & ~member).sum() / max(called.sum(), 1))
        found.append((called & member).sum() / 60)
    error = np.std(false) / np.sqrt(400)
    assert np.mean(false) <= fdr * 0.7 + 5 * error  # the share of non-members, 0.7, is to spare
    assert np.mean(false) >= fdr * 0.7 - 5 * error - 0.01
    assert np.mean(found) > 0.2


@pytest.mark.parametrize(
    ("scores", "known", "message"),
    [
        ([1.0], [], "known not to be members"),
        ([np.nan], [1.0], "not a number"),
        ([1.0], [np.nan], "not a number"),
    ],
)
def test_what_cannot_be_compared_is_refused(scores, known, message):
    with pytest.raises(ValueError, match=message):
        conformal_p_values(scores, known)
