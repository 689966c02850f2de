"""The published records themselves, where CHALLENGER_DATASETS names a folder that has them."""

import csv
import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from challenger.test_datasets_parsing import idx

from services.challenger.cache import read_arrays
from services.challenger.dataset import DATASETS, checked, digest, load, records_here
from services.challenger.datasets.adult import Adult
from services.challenger.datasets.cifar10 import Cifar10
from services.challenger.datasets.cifar100 import Cifar100
from services.challenger.datasets.mnist import Mnist
from services.challenger.published.cifar import ordered
from services.challenger.published.download import fetch
from services.challenger.published.strips import from_strips

FOLDER = Path(os.environ.get("CHALLENGER_DATASETS", "nowhere"))
SORTED_BY_CLASS = "4908da5c82d8ba3480f7abe8c913da9179469799a7cc25b28909ad6206c02abf"


def here(*names: str) -> Any:
    missing = [name for name in names if not (FOLDER / name).exists()]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not in CHALLENGER_DATASETS")


@here("location30.npz")
def test_location30() -> None:
    records = load("location30", FOLDER)
    assert records.features.shape == (5_010, 446)
    assert np.bincount(records.labels).tolist()[:5] == [169, 178, 147, 155, 97]


@here("cifar10.npz")
def test_cifar10() -> None:
    arrays = read_arrays(FOLDER / "cifar10.npz")
    images = from_strips(arrays, (32, 32, 3))
    if arrays["y"][:5_000].max() == 0:  # not the order that we write
        assert digest(images) == SORTED_BY_CLASS
    records = ordered(images.reshape(60_000, -1), arrays["y"].astype(np.int64), 10)
    assert checked(Cifar10(), records, "the cache") is records
    assert records.features.dtype == np.uint8
    assert np.bincount(records.labels).tolist() == [6_000] * 10
    means = records.features.reshape(-1, 3).mean(axis=0)
    assert means == pytest.approx([125.3, 122.95, 113.9], abs=0.5)


@here("cifar100.npz")
def test_half_of_cifar100_is_played_and_said_to_be_half() -> None:
    there = records_here("cifar100", FOLDER)
    assert there in Cifar100.checksums or there == Cifar100.records
    records = load("cifar100", FOLDER)
    assert len(records.labels) == there
    assert np.bincount(records.labels).tolist() == [there // 100] * 100


@here("mnist.npz")
def test_mnist_is_what_the_published_files_hold(tmp_path: Path) -> None:
    kept = load("mnist", FOLDER)
    images, labels = kept.features.reshape(-1, 28, 28), kept.labels.astype("u1")
    parts = images[:60_000], images[60_000:], labels[:60_000], labels[60_000:]
    for file, part in zip(Mnist.files, parts, strict=True):
        (tmp_path / file.name).write_bytes(gzip.compress(idx(part), 1))
        assert fetch(file, tmp_path) == tmp_path / file.name  # by its published MD5
    made = Mnist(tmp_path).make()
    assert (made.features == kept.features).all()
    assert (made.labels == kept.labels).all()


@here("adult.npz", "adult.csv.gz")
def test_adult_is_what_the_published_files_hold(tmp_path: Path) -> None:
    with gzip.open(FOLDER / "adult.csv.gz", "rt", newline="") as file:
        _, *rows = csv.reader(file)
    train = "".join(f"{', '.join(row[:-1])}\n" for row in rows if row[-1] == "train")
    test = "".join(f"{', '.join(row[:-1])}.\n" for row in rows if row[-1] == "test")
    (tmp_path / "adult.data").write_text(train + "\n")
    (tmp_path / "adult.test").write_text(f"|1x3 Cross validator\n{test}\n")
    made, kept = Adult(tmp_path).make(), load("adult", FOLDER)  # by their published SHA-256
    assert (made.features == kept.features).all()
    assert (made.labels == kept.labels).all()
    assert np.bincount(kept.labels).tolist() == [37_155, 11_687]
    for feature, column in zip(Adult().format(), kept.features.T, strict=True):
        assert feature.minimum <= column.min() <= column.max() <= feature.maximum


@here("adult.npz")
def test_what_we_would_keep_of_adult_is_what_is_kept() -> None:
    arrays = read_arrays(FOLDER / "adult.npz")
    ours = Adult().pack(DATASETS.load("adult")().unpack(arrays))
    assert ours.keys() <= arrays.keys()
    assert all((ours[name] == arrays[name]).all() for name in ours)
