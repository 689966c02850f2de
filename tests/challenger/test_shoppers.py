"""Synthetic shoppers: the same on every machine, as described, neither trivial nor hopeless."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from services.challenger.clustering import GRID, distances, k_means, starts
from services.challenger.dataset import DATASETS, Records, checked
from services.challenger.market import Market

DIGEST = """
from hashlib import sha256
import numpy as np
from services.challenger.clustering import k_means
from services.challenger.market import Market

records = Market().records(4_000, np.random.default_rng(1))
labels = k_means(records, 20, np.random.default_rng(2), sample=3_000, rounds=10)
print(sha256(records).hexdigest(), sha256(labels).hexdigest())
"""


@pytest.fixture(scope="module")
def hundred() -> Records:
    dataset = DATASETS.load("shoppers100")()
    return checked(dataset, dataset.make(), dataset.source)


def test_records_and_classes_do_not_depend_on_the_number_of_threads() -> None:
    def digest(threads: str) -> str:
        environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        command = [sys.executable, "-c", DIGEST]
        return subprocess.run(
            command, env=environment, capture_output=True, check=True, text=True, timeout=120
        ).stdout

    assert digest("1") == digest("2")


def test_the_data_sets_share_one_table_of_records(hundred: Records) -> None:
    two = DATASETS.load("shoppers2")().make()
    assert (two.features == hundred.features).all()
    assert two.classes == ("0", "1")


def test_records_are_binary_and_no_two_are_alike(hundred: Records) -> None:
    assert hundred.features.dtype == np.uint8
    assert set(np.unique(hundred.features)) == {0, 1}
    assert len({bytes(record) for record in np.packbits(hundred.features, axis=1)}) == len(hundred.features)


def test_no_class_is_tiny_or_huge(hundred: Records) -> None:
    shares = np.bincount(hundred.labels, minlength=100) / len(hundred.labels)
    assert shares.min() > 0.002
    assert shares.max() < 0.05


def test_classes_can_be_learned_but_not_at_once(hundred: Records) -> None:
    features, labels = hundred.features.astype(np.float32), hundred.labels
    means = np.stack([features[:10_000][labels[:10_000] == label].mean(axis=0) for label in range(100)])
    accuracy = (nearest(features[10_000:20_000], means) == labels[10_000:20_000]).mean()
    assert 0.3 < accuracy < 0.95


@pytest.mark.parametrize("classes", [2, 10, 20, 50, 100])
def test_there_is_a_data_set_for_each_class_count_of_the_paper(classes: int) -> None:
    dataset = DATASETS.load(f"shoppers{classes}")()
    assert (dataset.records, dataset.features, dataset.classes) == (80_000, 600, classes)
    assert str(classes) in dataset.summary


def test_shoppers_of_other_departments_buy_other_products() -> None:
    market = Market(topics=2, shares=(0.5, 0.5), taste_at_home=1.0, taste_abroad=1e-9, whims=0.0)
    records = market.records(400, np.random.default_rng(3))
    labels = k_means(records, 2, np.random.default_rng(4), sample=400, rounds=10)
    one, other = (records[labels == label].mean(axis=0) for label in (0, 1))
    assert np.minimum(one, other).sum() < 0.1 * np.maximum(one, other).sum()


def test_distances_to_centres_on_the_grid_are_exact() -> None:
    random = np.random.default_rng(5)
    records = random.integers(0, 2, (30, 600)).astype(np.float32)
    centres = random.random((7, 600), dtype=np.float32)
    rounded = np.rint(centres * GRID).astype(np.float64) / GRID
    euclid = np.square(records[:, np.newaxis] - rounded).sum(axis=2) * GRID**2
    own = np.square(records).sum(axis=1, keepdims=True) * GRID**2
    assert (distances(records, centres) + own == euclid).all()


def test_no_centre_starts_at_an_outlier() -> None:
    records = (np.random.default_rng(6).random((600, 40)) < 0.2).astype(np.float32)
    records[0] = 1
    centres = starts(records, len(records), np.random.default_rng(7))  # every record is drawn
    assert centres.sum(axis=1).max() < 20 < records[0].sum()


def nearest(records: NDArray[np.float32], means: NDArray[np.float32]) -> NDArray[np.int64]:
    labels: NDArray[np.int64] = (np.square(means).sum(axis=1) - 2 * records @ means.T).argmin(axis=1)
    return labels
