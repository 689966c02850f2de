"""What is asked around a record depends on the record alone, and is what the slow way would ask."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from attacker import neighbours as neighbourhood
from attacker.errors import CannotAttack
from attacker.format import Feature, Format
from attacker.neighbours import keys, neighbours
from attacker.probes import boundary, feature_noise
from attacker.probes.boundary import Boundary
from attacker.probes.feature_noise import FeatureNoise, right_by_rate

BINARY = Format(tuple(Feature(str(column), "binary", 0, 1) for column in range(30)))
MIXED = Format(
    (
        Feature("bought", "binary", 0, 1),
        Feature("age", "integer", 17, 90),
        Feature("height", "real", -1.5, 0.1),
        Feature("planet", "integer", 3, 3),
        Feature("colour", "categorical", 2, 9, (9, 2, 5)),
        Feature("income", "integer", 0, 10**6),
    )
)
FORMATS = {"binary": BINARY, "mixed": MIXED}


@pytest.fixture(params=FORMATS)
def form(request):
    return FORMATS[request.param]


def records(form, count=40, seed=0):
    return form.decode(form.random(np.random.default_rng(seed), count))


class Model:
    """Labels by the sign of a sum; keeps what it was asked."""

    def __init__(self, form, seed=0):
        self.weights = np.random.default_rng(seed).standard_normal(len(form)) / form.decode(
            (form.levels - 1)[None, :]
        )[0].clip(1)
        self.asked = []

    def __call__(self, asked):
        self.asked.append(asked.copy())
        return (asked @ self.weights > 0.3).astype(np.int64)

    def questions(self):
        return np.concatenate(self.asked)


# The slow way


def mixed(number):
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ number >> 27) * 0x94D049BB133111EB % 2**64
    return number ^ number >> 31


def output(seed, number):
    """The output of that number, from 1, of SplitMix64."""
    return mixed((seed + number * 0x9E3779B97F4A7C15) % 2**64)


def slow_key(record, copy):
    digest = hashlib.blake2b(record.astype("<f8"), digest_size=16).digest()
    return output(int.from_bytes(digest[:8], "little"), copy + 1)


def slow_draw(key, stream, column, columns):
    width = -(-columns // 4)
    return output(key, stream * width + column // 4 + 1) >> 16 * (column % 4) & 0xFFFF


def slow_neighbour(record, key, rate, form):
    order = [slow_draw(key, 0, column, len(form)) for column in range(len(form))]
    free = [column for column in range(len(form)) if form.levels[column] > 1]
    moved = [column for column in free if order[column] < round(rate * 2**16)]
    moved = moved or [min(free, key=lambda column: order[column])]
    codes, neighbour = form.encode(record[None, :])[0], record.astype(np.float64)
    for column in moved:
        levels = [code for code in range(form.levels[column]) if code != codes[column]]
        new = np.zeros((1, len(form)), np.int64)
        new[0, column] = levels[slow_draw(key, 1, column, len(form)) % len(levels)]
        neighbour[column] = form.decode(new)[0, column]
    return neighbour


def test_splitmix64_gives_its_published_numbers():
    assert output(1234567, 1) == 6457827717110365317
    assert neighbourhood.words(np.array([1234567], np.uint64), 3).tolist() == [
        [6457827717110365317, 3203168211198807973, 9817491932198370423]
    ]


def test_neighbours_are_those_of_a_slow_loop(form, monkeypatch):
    monkeypatch.setattr(neighbourhood, "CELLS", 7 * len(form))  # several blocks, the last not full
    asked = records(form)
    copies = keys(asked, 3)
    rates = np.array([0.02, 0.3, 0.9])
    found = neighbours(np.repeat(asked, 3, axis=0), copies.ravel(), np.tile(rates, len(asked)), form)
    for row, neighbour in enumerate(found):
        record, copy = asked[row // 3], row % 3
        key = slow_key(record, copy)
        assert copies[row // 3, copy] == key
        assert neighbour.tolist() == slow_neighbour(record, key, rates[copy], form).tolist()


# What neighbours are


def test_at_least_one_feature_changes_and_only_to_another_of_its_values(form):
    asked = np.repeat(records(form), 20, axis=0)
    found = neighbours(asked, keys(asked[::20], 20).ravel(), np.full(len(asked), 0.01), form)
    assert (found != asked).any(axis=1).all()
    for feature, column in zip(form.features, found.T, strict=True):
        assert feature.minimum <= column.min() <= column.max() <= feature.maximum
        if feature.kind != "real":
            assert not (column % 1).any()
        if feature.values:
            assert set(column) <= set(feature.values)


def test_features_change_as_often_as_the_rate_says():
    asked = np.repeat(records(BINARY, 400), 20, axis=0)
    found = neighbours(asked, keys(asked[::20], 20).ravel(), np.full(len(asked), 0.2), BINARY)
    shares = (found != asked).mean(axis=0)
    assert np.abs(shares - 0.2).max() < 0.018  # 4 standard deviations
    assert abs(shares.mean() - 0.2) < 0.0035


def test_another_value_is_any_of_the_others_alike():
    form = Format((Feature("colour", "categorical", 0, 3, (0, 1, 2, 3)), Feature("size", "integer", 0, 7)))
    asked = np.repeat(np.array([[2.0, 5.0]]), 7000, axis=0)
    found = neighbours(asked, keys(asked[:1], 7000)[0], np.full(7000, 0.9), form)
    colours, sizes = (np.bincount(column.astype(int), minlength=8) for column in found.T)
    colours, sizes = np.delete(colours, 2)[:3], np.delete(sizes, 5)
    assert np.abs(colours / colours.sum() - 1 / 3).max() < 0.024  # 4 standard deviations
    assert np.abs(sizes / sizes.sum() - 1 / 7).max() < 0.018


def test_a_higher_rate_leads_further_on_the_same_path(form):
    asked = records(form)
    steps = [neighbours(asked, keys(asked, 1)[:, 0], np.full(len(asked), r), form) for r in (0.1, 0.4, 0.9)]
    for near, far in pairwise(steps):
        assert (near[near != asked] == far[near != asked]).all()
        assert (near != far).any()


def test_a_record_off_its_format_changes_where_it_is_moved_only():
    asked = records(BINARY).astype(np.float64) + 0.25
    found = neighbours(asked, keys(asked, 1)[:, 0], np.full(len(asked), 0.2), BINARY)
    assert set(found[found != asked]) == {0.0, 1.0}
    assert 0.7 < (found == asked).mean() < 0.9


# Feature noise


def noise_of(copies, asked, form, model):
    labels = np.arange(len(asked)) % 2
    return FeatureNoise(copies).observe(model, asked, labels, form)


def test_fewer_copies_are_the_first_of_more():
    asked, model, other = records(BINARY), Model(BINARY), Model(BINARY)
    few, many = noise_of(10, asked, BINARY, model), noise_of(50, asked, BINARY, other)
    copies = other.questions().reshape(len(asked), 50, -1)[:, :10]
    assert (model.questions() == copies.reshape(-1, len(BINARY))).all()
    bits = np.unpackbits(many, axis=1, count=10)
    assert (np.unpackbits(few, axis=1, count=10) == bits).all()
    assert (right_by_rate(many, 10) == right_by_rate(few, 10)).all()


@pytest.mark.parametrize("probe", [FeatureNoise(20), Boundary(5)])
def test_a_record_is_asked_about_and_seen_alike_in_any_company(form, probe):
    asked, model = records(form), Model(form)
    labels = model(asked)
    whole = probe.observe(model, asked, labels, form)
    for rows in (np.arange(39, -1, -3), np.array([7])):
        assert (probe.observe(model, asked[rows], labels[rows], form) == whole[rows]).all()


def test_every_model_is_asked_the_same(form):
    asked, models = records(form), [Model(form, seed) for seed in (1, 2)]
    seen = [noise_of(10, asked, form, model) for model in models]
    assert (models[0].questions() == models[1].questions()).all()
    assert (seen[0] != seen[1]).any()


@pytest.mark.parametrize("probe", [FeatureNoise(20), Boundary(5)])
def test_a_probe_costs_what_it_says(form, probe):
    asked, model = records(form), Model(form)
    seen = probe.observe(model, asked, model(asked), form)
    assert len(model.questions()) == len(asked) * (1 + probe.queries)
    assert seen.dtype == np.uint8
    assert seen.shape[1] * 8 <= probe.queries + 7 or isinstance(probe, Boundary)


def test_bits_say_which_copies_keep_the_records_class(form):
    asked, model = records(form), Model(form)
    labels = np.arange(len(asked)) % 2
    seen = FeatureNoise(10).observe(model, asked, labels, form)
    answered = model(model.asked[0]).reshape(len(asked), 10)
    for record, bits in enumerate(np.unpackbits(seen, axis=1, count=10)):
        assert bits.tolist() == [int(label == labels[record]) for label in answered[record]]


def test_right_copies_are_counted_at_their_rate():
    bits = np.random.default_rng(0).integers(0, 2, (6, 20), np.uint8)
    counts = right_by_rate(np.packbits(bits, axis=1), 20)
    for row, count in zip(bits, counts, strict=True):
        rates = [feature_noise.RATES[copy % len(feature_noise.RATES)] for copy in range(20)]
        expected = [
            sum(bit for bit, own in zip(row, rates, strict=True) if own == rate)
            for rate in feature_noise.RATES
        ]
        assert count.tolist() == expected


def test_a_format_that_nobody_declared_is_refused():
    with pytest.raises(CannotAttack, match="Nobody declared"):
        noise_of(10, np.zeros((2, 3)), Format(()), Model(BINARY))


# Boundary


def slow_bisection(model, record, label, key, form):
    """How many of the rates lie before the boundary of one path."""
    low, high = 0, len(boundary.RATES) + 1
    while high - low > 1:
        middle = (low + high) // 2
        [there] = neighbours(record[None, :], key[None], boundary.RATES[[middle - 1]], form)
        low, high = (middle, high) if model(there[None, :])[0] == label else (low, middle)
    return low


def test_paths_are_bisected_as_one_by_one(form):
    asked, model = records(form), Model(form)
    labels = model(asked)
    seen = Boundary(3).observe(model, asked, labels, form)
    paths = keys(asked, 3)
    for record, label, path, distances in zip(asked, labels, paths, seen, strict=True):
        assert distances.tolist() == [slow_bisection(model, record, label, key, form) for key in path]


def test_all_paths_are_asked_in_lock_step():
    asked, model = records(BINARY), Model(BINARY)
    Boundary(3).observe(model, asked, np.zeros(len(asked), np.int64), BINARY)
    assert [len(round_) for round_ in model.asked] == [3 * len(asked)] * boundary.STEPS


def test_a_boundary_is_found_where_it_lies():
    """A label is lost when more than three features are changed."""
    form = Format(tuple(Feature(str(column), "binary", 0, 1) for column in range(100)))
    asked = np.zeros((50, 100), np.uint8)
    asked[np.arange(50), np.arange(50)] = 1  # different records

    def ask(questions):
        return ((questions != np.repeat(asked, 4, axis=0)).sum(axis=1) > 3).astype(np.int64)

    seen = Boundary(4).observe(ask, asked, np.zeros(50, np.int64), form)
    paths = keys(asked, 4)
    for path in range(4):
        changed = [
            (neighbours(asked, paths[:, path], np.full(50, rate), form) != asked).sum(axis=1)
            for rate in boundary.RATES
        ]
        assert seen[:, path].tolist() == (np.array(changed) <= 3).sum(axis=0).tolist()
    assert 2 <= seen.mean() <= seen.max() < len(boundary.RATES)
