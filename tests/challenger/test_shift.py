"""A shifted population: which share of each class is granted."""

from typing import Any

import numpy as np
import pytest

from services.challenger.shift import kept

LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(4), 1_000))


def shares(strength: float, seed: int = 0, labels: Any = LABELS, classes: int = 4) -> Any:
    """Of each class, what is kept."""
    rows = kept(labels, classes, strength, np.random.default_rng(seed))
    assert (np.diff(rows) > 0).all()
    return np.bincount(labels[rows], minlength=classes) / np.bincount(labels, minlength=classes)


@pytest.mark.parametrize(
    ("strength", "falling"), [(0.488, [1, 0.8, 0.64, 0.512]), (1, [1, 0.215, 0.046, 0.01])]
)
def test_shares_fall_geometrically_to_what_the_strength_leaves(strength: float, falling: list[float]) -> None:
    assert sorted(shares(strength), reverse=True) == falling


def test_any_class_may_be_the_rarest() -> None:
    assert {int(shares(0.5, seed).argmin()) for seed in range(40)} == {0, 1, 2, 3}


def test_any_record_of_a_class_may_be_left_out() -> None:
    rows = [kept(LABELS, 4, 0.5, np.random.default_rng(seed)) for seed in range(60)]
    often = np.bincount(np.concatenate(rows), minlength=len(LABELS)) / 60
    expected = np.mean([0.5 ** (place / 3) for place in range(4)])
    assert np.abs(often - expected).max() < 6 * np.sqrt(expected * (1 - expected) / 60)


def test_every_class_stays_with_a_few_records_or_all_that_it_has() -> None:
    labels = np.repeat([0, 1, 2, 3], [300, 300, 300, 2])
    counts = [shares(1.0, seed, labels) * [300, 300, 300, 2] for seed in range(20)]
    assert np.min(counts, axis=0).tolist() == [5, 5, 5, 2]
