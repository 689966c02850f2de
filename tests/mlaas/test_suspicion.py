"""Sketches tell how much two records share, and nothing else; a search is told from ordinary use by them."""

import numpy as np
import pytest

from services.mlaas.ledger.sketch import WIDTH, Sketcher, places
from services.mlaas.ledger.suspicion import Ordinary, judged

FEATURES = 200
SKETCHER = Sketcher(7, FEATURES)


def sparse(rng: np.random.Generator, rows: int):
    """Binary records of two classes (N, D) with few ones: copies of one differ as much as strangers do."""
    labels = np.arange(rows) % 2
    rates = np.random.default_rng(1).uniform(0, 0.15, (2, FEATURES))
    return (rng.random((rows, FEATURES)) < rates[labels]).astype("u1"), labels


def copies(rng: np.random.Generator, records, rate: float = 0.04):
    return records ^ (rng.random(records.shape) < rate)


def ordinary() -> Ordinary:
    records, labels = sparse(np.random.default_rng(2), 800)
    return Ordinary.of(SKETCHER.of(records), labels)


def looks(requests) -> tuple[str, ...]:
    sketches = [SKETCHER.of(request[places(len(request))]) for request in requests]
    return judged(sketches, [len(request) for request in requests], ordinary()).searches


def batches(records, size: int):
    return [records[start : start + size] for start in range(0, len(records), size)]


@pytest.mark.parametrize("features", [3, 200, 5_000])
def test_a_sketchs_distance_counts_the_values_that_differ(features: int) -> None:
    rng = np.random.default_rng(0)
    records = rng.normal(size=(400, features))
    changed = np.where(rng.random(records.shape) < 0.3, -records, records)
    sketcher = Sketcher(1, features)
    one, other = (sketcher.of(table).astype(float) for table in (records, changed))
    per_value = max(1, -(-WIDTH // features)) * 2
    differing = (records != changed).sum(axis=1)
    squared = ((one - other) ** 2).sum(axis=1)
    assert squared.mean() == pytest.approx(per_value * differing.mean(), rel=0.1)
    assert (squared[differing == 0] == 0).all()


def test_a_record_has_one_sketch_whatever_its_dtype_and_company() -> None:
    records, _ = sparse(np.random.default_rng(0), 50)
    sketches = SKETCHER.of(records)
    for dtype in ("bool", "i1", "i4", "f4", "f8"):
        assert (SKETCHER.of(records.astype(dtype)[::-1])[::-1] == sketches).all()
    assert (SKETCHER.of(-1.0 * np.zeros((1, FEATURES))) == SKETCHER.of(np.zeros((1, FEATURES)))).all()
    assert (SKETCHER.of(np.full((1, FEATURES), 1e300)) == SKETCHER.of(np.full((1, FEATURES), np.inf))).all()
    assert (Sketcher(8, FEATURES).of(records) != sketches).mean() > 0.5  # another model's tells nothing


@pytest.mark.parametrize("records", [1, 2, 7, 8, 9, 10, 23, 1_000, 10_000])
def test_few_records_of_a_request_are_sketched_and_some_side_by_side(records: int) -> None:
    found = places(records)
    assert 1 <= len(found) <= 16
    assert 0 <= found[0] < found[-1] < records or records == 1
    assert (np.diff(found) >= 1).all()
    assert len(SKETCHER.of_request(np.zeros((records, FEATURES), "u1"))) == WIDTH * len(found)
    assert (np.diff(found) == 1).sum() >= min(records - 1, 7)


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize("order", ["mixed", "by class"])
def test_ordinary_use_looks_like_nothing(order: str, size: int) -> None:
    records, labels = sparse(np.random.default_rng(3), 400)
    assert looks(batches(records if order == "mixed" else records[np.argsort(labels)], size)) == ()


@pytest.mark.parametrize(("size", "sign"), [(1, "request to request"), (100, "single records")])
def test_noisy_copies_of_a_few_records_are_seen(size: int, sign: str) -> None:
    rng = np.random.default_rng(4)
    records, _ = sparse(rng, 8)
    [found] = looks(batches(copies(rng, np.repeat(records, 50, axis=0)), size))
    assert sign in found


def test_a_climb_from_dense_random_records_is_seen_though_random_records_are_not() -> None:
    rng = np.random.default_rng(5)
    best = rng.integers(0, 2, (20, FEATURES), dtype="u1")
    climb = [best := copies(rng, best, 0.03) for _ in range(30)]
    assert looks(climb) == ("a search from request to request",)
    assert looks([rng.integers(0, 2, (20, FEATURES), dtype="u1") for _ in range(30)]) == ()


def test_a_search_is_seen_within_much_ordinary_use() -> None:
    rng = np.random.default_rng(6)
    usual = batches(sparse(rng, 20_000)[0], 100)
    search = batches(copies(rng, np.repeat(sparse(rng, 60)[0], 50, axis=0)), 100)
    assert looks([*usual[:100], *search, *usual[100:]]) == ("near copies of single records",)


def test_the_same_records_again_are_a_thing_of_their_own() -> None:
    records, _ = sparse(np.random.default_rng(7), 40)
    assert looks([records] * 2) == ()
    assert looks([records] * 8) == ("the same records again and again",)
    assert looks(batches(np.repeat(records, 8, axis=0), 1)) == ("the same records again and again",)
