"""Records stay in their format: every code is a value that the feature may take."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacker.errors import CannotAttack
from attacker.format import FINEST, Feature, Format

BINARY = Feature("bought", "binary", 0, 1)
INTEGER = Feature("age", "integer", 17, 90)
WIDE = Feature("income", "integer", 0, 10**6)
REAL = Feature("height", "real", -1.5, 0.1)
CATEGORICAL = Feature("colour", "categorical", 2, 9, (9, 2, 5))
CONSTANT = Feature("planet", "integer", 3, 3)
ALL = (BINARY, INTEGER, WIDE, REAL, CATEGORICAL, CONSTANT)


def test_each_kind_has_its_number_of_values():
    assert Format(ALL).levels.tolist() == [2, 74, FINEST, FINEST, 3, 1]
    assert Format(ALL).changeable.tolist() == [0, 1, 2, 3, 4]


@given(st.integers(0, 2**32), st.lists(st.sampled_from(ALL), min_size=1, max_size=8))
def test_random_records_take_only_values_that_they_may(seed, features):
    form = Format(tuple(features))
    records = form.decode(form.random(np.random.default_rng(seed), 50))
    assert records.shape == (50, len(features))
    for feature, column in zip(features, records.T, strict=True):
        assert column.min() >= feature.minimum
        assert column.max() <= feature.maximum
        if feature.kind != "real":
            assert not (column % 1).any()
        if feature.values:
            assert set(column) <= set(feature.values)


def test_random_records_reach_every_value():
    form = Format((BINARY, INTEGER, CATEGORICAL))
    records = form.decode(form.random(np.random.default_rng(0), 5000))
    assert [len(np.unique(column)) for column in records.T] == [2, 74, 3]


def test_the_first_and_last_code_are_the_ends_of_the_range():
    form = Format(ALL)
    ends = form.decode(np.stack([np.zeros(6, np.uint16), (form.levels - 1).astype(np.uint16)]))
    assert ends[0].tolist() == [0, 17, 0, -1.5, 2, 3]
    assert ends[1].tolist() == [1, 90, 10**6, 0.1, 9, 3]


def test_binary_records_are_bytes():
    form = Format((BINARY,) * 20)
    codes = form.random(np.random.default_rng(0), 10)
    assert form.decode(codes).dtype == np.uint8
    assert form.pack(codes).nbytes == 10 * 3
    assert np.array_equal(form.unpack(form.pack(codes)), codes)


def test_codes_of_many_levels_survive_packing():
    form = Format(ALL)
    codes = form.random(np.random.default_rng(0), 10)
    assert np.array_equal(form.unpack(form.pack(codes)), codes)


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        (Feature("f0", "real", None, None), "Nobody declared"),
        (Feature("f0", "integer", 5, 4), "No value lies between"),
    ],
)
def test_a_feature_without_values_is_refused_by_name(feature, told):
    with pytest.raises(CannotAttack, match=f"'f0'.*--knowledge|{told}"):
        _ = Format((BINARY, feature)).levels


@pytest.mark.parametrize(
    ("feature", "values"),
    [
        (Feature("sign", "binary", -1, 1), [-1, 1]),
        (Feature("colour", "categorical", 2, 4), [2, 3, 4]),
        (Feature("rooms", "integer", 0.5, 3.5), [1, 2, 3]),
        (Feature("size", "real", 0, 1, (0.25, 0.5)), [0.25, 0.5]),
    ],
)
def test_values_are_those_that_the_declaration_allows(feature, values):
    form = Format((feature, BINARY))
    records = form.decode(form.random(np.random.default_rng(0), 200))
    assert np.unique(records[:, 0]).tolist() == values


@given(st.integers(0, 2**32), st.lists(st.sampled_from(ALL), min_size=1, max_size=8))
def test_codes_are_read_back_from_their_values(seed, features):
    form = Format(tuple(features))
    codes = form.random(np.random.default_rng(seed), 50)
    assert (form.encode(form.decode(codes)) == codes).all()


def test_a_value_that_no_code_stands_for_has_the_nearest_one():
    form = Format((INTEGER, CATEGORICAL, CONSTANT))
    values = np.array([[17.4, 3.4, 3.0], [88.6, 3.6, 5.0], [-5.0, 0.0, 3.0], [1000.0, 10.0, 3.0]])
    assert form.encode(values).tolist() == [[0, 0, 0], [72, 1, 0], [0, 0, 0], [73, 2, 0]]
