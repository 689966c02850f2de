"""The published formats, on small files of the same form: right ones and many wrong ones."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from challenger.publishing import Site, bit_lines, serving, tgz

from services.challenger.dataset import DATASETS
from services.challenger.datasets.adult import CODEBOOK, Adult
from services.challenger.datasets.cifar10 import Cifar10
from services.challenger.datasets.cifar100 import Cifar100
from services.challenger.datasets.mnist import Mnist
from services.challenger.datasets.texas100 import Texas100
from services.challenger.errors import DatasetUnavailable
from services.challenger.published.bits import bits, labelled_bits, labels_from_one
from services.challenger.published.cifar import PIXELS, ordered, read_batches
from services.challenger.published.codebook import decode, description, encode, numbered
from services.challenger.published.idx import from_idx


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def test_bits_are_read_with_and_without_labels(random: np.random.Generator) -> None:
    records, labels = random.integers(0, 2, (20, 31), dtype="u1"), random.integers(0, 5, 20)
    assert (bits(bit_lines(records).splitlines(), 31) == records).all()
    for quoted in (False, True):
        lines = bit_lines(records, labels, quoted).replace(b"\n", b"\r\n").splitlines(keepends=True)
        found, told = labelled_bits(lines, 31, 5)
        assert (found == records).all()
        assert (told == labels).all()
        assert (found.dtype, told.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize("line", [b"", b"0,1", b"0,1,0,1", b"0,2,0", b"0,/,0", b"0;1;0", b"0,1,0,", b"00100"])
def test_lines_of_something_else_than_bits_are_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        bits([b"0,1,0", line], 3)


@pytest.mark.parametrize("label", [b"0", b"4", b"-1", b"", b"one", b'"1'[:1]])
def test_labels_out_of_range_are_refused(label: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        labels_from_one([b"1", b"3", label], 3)


def texas(site: Site, monkeypatch: pytest.MonkeyPatch, folder: Path, **files: bytes) -> Texas100:
    monkeypatch.setattr(Texas100, "files", (site.publish(tgz(**files)),))
    monkeypatch.setattr(Texas100, "features", 40)
    return Texas100(folder)


@pytest.mark.parametrize(
    "order", ["texas__100__feats texas__100__labels", "texas__100__labels texas__100__feats"]
)
def test_texas_is_two_files_of_an_archive(
    site: Site, random: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, order: str
) -> None:
    records = random.integers(0, 2, (200, 40), dtype="u1")
    files = {
        "texas__100__feats": bit_lines(records),
        "texas__100__labels": "\n".join(str(label % 100 + 1) for label in range(200)).encode(),
        "texas__5__feats": b"something else",
    }
    found = texas(site, monkeypatch, tmp_path, **{name: files[name] for name in order.split()}).make()
    assert (found.features == records).all()
    assert found.labels.tolist() == list(range(100)) * 2
    assert found.features.dtype == np.uint8


@pytest.mark.parametrize("missing", ["texas__100__feats", "texas__100__labels"])
def test_half_of_texas_is_not_enough(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    files = {"texas__100__feats": bit_lines(np.zeros((1, 40), "u1")), "texas__100__labels": b"1\n"}
    del files[missing]
    with pytest.raises(DatasetUnavailable, match=f"no file {missing.replace('__', '/')}"):
        texas(site, monkeypatch, tmp_path, **files).make()


def idx(array: Any) -> bytes:
    return b"\0\0\x08" + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape) + array.tobytes()


def test_mnist_is_four_files(
    site: Site, random: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images = random.integers(0, 256, (50, 28, 28), dtype="u1")
    labels = (np.arange(50) % 10).astype("u1")
    parts = images[:40], images[40:], labels[:40], labels[40:]
    monkeypatch.setattr(Mnist, "files", site.publish_all(Mnist.files, *map(idx, parts)))
    found = Mnist(tmp_path).make()
    assert (found.features == images.reshape(50, 784)).all()
    assert (found.labels == labels).all()
    kept = Mnist().pack(found)
    for rows in (kept["x"], images):  # flat, or as images, as others may have kept them
        assert (Mnist().unpack(kept | {"x": rows}).features == found.features).all()


IMAGES = np.arange(24, dtype="u1").reshape(2, 3, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        idx(IMAGES)[:10],
        idx(IMAGES)[:-1],
        idx(IMAGES) + b"\0",
        idx(IMAGES[0]),
        b"\0\0\x0d" + idx(IMAGES)[3:],
        b"\x1f\x8b" + idx(IMAGES)[2:],
    ],
)
def test_other_files_than_idx_are_refused(content: bytes) -> None:
    assert (from_idx(idx(IMAGES), 3) == IMAGES).all()
    with pytest.raises(ValueError, match=r"."):
        from_idx(content, 3)


def batch(images: Any, *labels: Any) -> bytes:
    """A binary batch of images (N, 32, 32, 3): each is its labels, then its colours one after the other."""
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.column_stack([*labels, planes]).astype("u1").tobytes()


@pytest.mark.parametrize("dataset", [Cifar10, Cifar100])
def test_cifar_is_the_same_from_batches_in_any_order(
    site: Site, random: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dataset: Any
) -> None:
    images = random.integers(0, 256, (240, 32, 32, 3), dtype="u1")
    labels = np.arange(240) % dataset.classes
    coarse = [labels // 5] if dataset is Cifar100 else []

    def made(order: Any, folder: str) -> Any:
        parts = np.array_split(order, len(dataset.batches))
        files = {
            name.replace("/", "__"): batch(images[rows], *(c[rows] for c in coarse), labels[rows])
            for name, rows in zip(dataset.batches, parts, strict=True)
        }
        monkeypatch.setattr(dataset, "files", (site.publish(tgz(**files)),))
        return dataset(tmp_path / folder).make()

    one, other = made(np.arange(240), "one"), made(random.permutation(240), "other")
    assert (one.features == other.features).all()
    assert (one.labels == other.labels).all()
    meant = {images[row].tobytes(): labels[row] for row in range(240)}
    assert {row.tobytes(): label for row, label in zip(one.features, one.labels, strict=True)} == meant
    kept = dataset().unpack(dataset().pack(one))
    assert (kept.features == one.features).all()
    assert (kept.labels == one.labels).all()


@pytest.mark.parametrize("content", [b"\0" * PIXELS, b"\0" * (PIXELS + 2)])
def test_batches_of_another_length_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="reshape"):
        read_batches(content, 1)


def test_a_label_that_cifar_has_not_is_refused() -> None:
    images, labels = read_batches(bytes([10]) + b"\0" * PIXELS, 1)
    with pytest.raises(ValueError, match="0 to 9"):
        ordered(images, labels, 10)


LINE = (
    "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, "
    "2174, 0, 40, United-States"
)
UNKNOWN = "90, ?, 1490400, HS-grad, 9, Widowed, ?, Not-in-family, White, Female, 0, 4356, 99, ?"


def adult(site: Site, monkeypatch: pytest.MonkeyPatch, folder: Path, *texts: str) -> Adult:
    contents = [text.encode() for text in texts]
    monkeypatch.setattr(Adult, "files", site.publish_all(Adult.files, *contents))
    return Adult(folder)


def test_adult_is_one_hot_and_scaled_by_its_codebook(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = f"{LINE}, <=50K\n{UNKNOWN}, >50K\n\n"
    second = f"|1x3 Cross validator\n{LINE}, >50K.\n{UNKNOWN}, <=50K.\n\n"
    found = adult(site, monkeypatch, tmp_path, first, second).make()
    assert found.labels.tolist() == [0, 1, 1, 0]
    assert found.features.shape == (4, 108)
    columns = {feature.name: found.features[:2, i] for i, feature in enumerate(Adult().format())}
    assert columns["age"] == pytest.approx([22 / 73, 1])
    assert columns["hours-per-week"] == pytest.approx([39 / 98, 1])
    assert columns["workclass=State-gov"].tolist() == [1, 0]
    assert columns["workclass=?"].tolist() == columns["native-country=?"].tolist() == [0, 1]
    assert found.features.sum(axis=1).max() <= 8 + 6  # one of each word's, and six scaled numbers
    kept = Adult().unpack(Adult().pack(found))
    assert (kept.features == found.features).all()


@pytest.mark.parametrize(
    "line",
    [
        f"{LINE}, 60K",
        LINE,
        f"{LINE}, 0, <=50K",
        f"{LINE.replace('State-gov', 'state')}, <=50K",
        f"{LINE.replace('39', '16')}, <=50K",
        f"{LINE.replace('2174', '100000')}, <=50K",
        f"{LINE.replace('39', 'old')}, <=50K",
    ],
)
def test_other_lines_than_the_codebook_allows_are_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    with pytest.raises(DatasetUnavailable, match=r"adult.data, adult.test came as published .+; report this"):
        adult(site, monkeypatch, tmp_path, line + "\n", "").make()


def test_a_codebook_describes_and_gives_back_every_value() -> None:
    features = description(CODEBOOK)
    kinds = [feature.kind for feature in features]
    assert (kinds.count("real"), kinds.count("binary")) == (6, 102)
    table = numbered(CODEBOOK, [LINE.split(", "), UNKNOWN.split(", ")])
    encoded = encode(CODEBOOK, table)
    assert encoded.dtype == np.float32
    assert (decode(CODEBOOK, encoded) == table).all()
    with pytest.raises(ValueError, match="workclass"):
        encode(CODEBOOK, table + np.array([0, 9, *[0] * 12]))
    with pytest.raises(ValueError, match="race"):
        encode(CODEBOOK, table - np.array([*[0] * 8, 5, *[0] * 5]))


def test_a_weight_survives_scaling_to_the_unit() -> None:
    column = np.arange(0, 1_500_001, 7)
    [weight] = [attribute for attribute in CODEBOOK if attribute.name == "fnlwgt"]
    assert (weight.decode(weight.encode(column)) == column).all()


def test_another_codebook_in_the_cache_is_refused() -> None:
    table = numbered(CODEBOOK, [LINE.split(", ")])
    arrays = Adult().pack(DATASETS.load("adult")().encoded(table, np.array([0])))  # type: ignore[attr-defined]
    arrays["cat_sex"] = arrays["cat_sex"][::-1]
    with pytest.raises(ValueError, match="cat_sex"):
        Adult().unpack(arrays)
