"""Noisy real data: how many features change, and into what."""

from typing import Any

import numpy as np
import pytest
from challenger.made import CODES, FEATURES, Made

from services.challenger.dataset import DATASETS, Feature
from services.challenger.noise import noisy


def generator() -> np.random.Generator:
    return np.random.default_rng(11)


def bits(records: int = 3_000, features: int = 40) -> Any:
    return (generator().random((records, features)) < 0.2).astype("u1")


def binary(count: int = 40) -> tuple[Feature, ...]:
    return tuple(Feature(f"bit_{number}", "binary", 0, 1) for number in range(count))


@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.1, 4), (0.2, 8), (0.26, 10), (0.29, 12), (1.0, 40)])
@pytest.mark.parametrize("dtype", ["u1", "?", "f4"])
def test_exactly_the_rate_of_every_records_features_is_flipped(rate: float, count: int, dtype: str) -> None:
    records = bits().astype(dtype)
    changed = noisy(records, binary(), rate, "flip", generator())
    assert changed.dtype == records.dtype
    assert set(np.unique(changed)) <= {0, 1}
    assert ((changed != records).sum(axis=1) == count).all()


def test_which_features_are_flipped_is_chance_in_every_record() -> None:
    records = bits()
    flipped = noisy(records, binary(), 0.1, "flip", generator()) != records
    share = flipped.mean(axis=0)
    assert np.abs(share - 0.1).max() < 4.5 * np.sqrt(0.1 * 0.9 / len(records))
    assert len(np.unique(flipped, axis=0)) > 0.95 * len(records)


def test_replacing_draws_half_of_the_binary_features_as_they_were() -> None:
    records = bits()
    differing = (noisy(records, binary(), 0.2, "replace", generator()) != records).sum(axis=1)
    assert differing.max() <= 8
    assert abs(differing.mean() - 4) < 4.5 * np.sqrt(8 * 0.25 / len(records))


def test_replaced_values_are_uniform_over_the_format() -> None:
    """Whatever the records hold: no record has the colour 9, and most have the lowest grades."""
    count = Made.records
    changed = noisy(Made().make().features, FEATURES, 1.0, "replace", generator())
    for column, codes in enumerate(CODES):
        found, counts = np.unique(changed[:, column], return_counts=True)
        assert found.tolist() == codes.tolist()
        share = 1 / len(codes)
        assert np.abs(counts / count - share).max() < 4.5 * np.sqrt(share * (1 - share) / count)
    income, height = changed[:, 3], changed[:, 4]
    assert (income == np.rint(income)).all()
    for column, low, high in ((income, 0, 5_000), (height, -1.5, 1.5)):
        assert low <= column.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < column.max() <= high
        assert abs(column.mean() - (low + high) / 2) < 4.5 * (high - low) / np.sqrt(12 * count)


def test_the_other_values_stay_as_they_were() -> None:
    records = Made().make().features
    changed = noisy(records, FEATURES, 0.4, "replace", generator())
    assert changed.dtype == records.dtype
    assert ((changed != records).sum(axis=1) <= 2).all()
    assert abs((changed[:, 4] != records[:, 4]).mean() - 0.4) < 4.5 * np.sqrt(0.24 / len(records))


def test_noisy_digits_are_grey_levels_as_before() -> None:
    digits = DATASETS.load("digits")()
    records = digits.make().features
    changed = noisy(records, digits.format(), 0.5, "replace", generator())
    assert changed.dtype == np.uint8
    assert set(np.unique(changed)) == set(range(17))
    assert ((changed != records).sum(axis=1) <= 32).all()


@pytest.mark.parametrize(
    ("feature", "dtype", "low", "high"),
    [
        (Feature("income", "integer", 0, 50_000), "u1", 49_000, 50_000),
        (Feature("balance", "integer", -40_000, 0), "u1", -40_000, -39_000),
        (Feature("share", "real", 0.25, 0.75), "u1", 0.74, 0.75),
    ],
)
def test_values_that_no_record_has_are_not_cut_to_the_records_dtype(
    feature: Feature, dtype: str, low: float, high: float
) -> None:
    changed = noisy(np.zeros((2_000, 1), dtype), (feature,), 1.0, "replace", generator())
    assert feature.minimum <= changed.min() <= changed.max() <= feature.maximum
    assert ((changed >= low) & (changed <= high)).any()
