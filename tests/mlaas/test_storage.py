"""Storage: folders and object stores alike, whole or not at all, fetched once, gone when deleted."""

import time
from copy import deepcopy
from pathlib import Path

import fsspec
import numpy as np
import pytest

from services.mlaas import storage as module
from services.mlaas.datasets.records import name_of, read_records
from services.mlaas.storage import Folder, ObjectStore, Storage, UnknownStorage, storage_at

FEATURES, LABELS = np.arange(12.0).reshape(4, 3), np.array([0, 1, 0, 1], "i4")


@pytest.fixture(params=["folder", "shared folder", "object store"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    urls = {
        "folder": None,
        "shared folder": f"file://{tmp_path}/shared%20by%20all",
        "object store": f"memory://{tmp_path.name}/data",
    }
    return storage_at(urls[request.param], tmp_path / "data")


def keep(storage: Storage, dataset_id: str) -> None:
    """As an upload is kept."""
    folder = storage.scratch / dataset_id
    folder.mkdir()
    np.save(folder / "features.npy", FEATURES)
    np.save(folder / "labels.npy", LABELS)
    storage.put(name_of(dataset_id), folder)


def test_what_was_written_is_read(storage: Storage) -> None:
    storage.write("artifacts/a", b"weights")
    assert (storage.read("artifacts/a"), storage.size("artifacts/a")) == (b"weights", 7)
    for ask in (storage.read, storage.size, storage.file):
        with pytest.raises(FileNotFoundError):
            np.load(found) if isinstance(found := ask("artifacts/b"), Path) else None  # type: ignore[operator]


def test_records_are_mapped_wherever_they_lie(storage: Storage) -> None:
    keep(storage, "d-1")
    elsewhere = deepcopy(storage)  # by the same way as it is given to another process
    features, labels = read_records(elsewhere, "d-1")
    assert isinstance(features, np.memmap)
    assert np.array_equal(features, FEATURES)
    assert np.array_equal(labels, LABELS)


def test_deleted_records_are_gone_for_those_with_a_copy_too(storage: Storage, tmp_path: Path) -> None:
    keep(storage, "d-1")
    other = ObjectStore(storage.url, tmp_path / "other") if isinstance(storage, ObjectStore) else storage
    read_records(other, "d-1")
    storage.delete(name_of("d-1"))
    for one in (storage, other):
        with pytest.raises(FileNotFoundError):
            read_records(one, "d-1")
    storage.delete(name_of("d-1"))  # again: nothing to do
    assert not list(tmp_path.rglob("features.npy"))


def test_an_object_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = storage_at(f"memory://{tmp_path.name}", tmp_path)
    keep(storage, "d-1")
    fetched = []
    system = type(fsspec.filesystem("memory"))
    get_file = system.get_file
    monkeypatch.setattr(
        system, "get_file", lambda *asked, **more: (fetched.append(asked[1]), get_file(*asked, **more))
    )
    for _ in range(3):
        read_records(storage, "d-1")
    assert sorted(Path(path).name for path in fetched) == ["features.npy", "labels.npy"]
    assert not list(tmp_path.rglob(".*"))


def test_a_disk_that_fails_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        Folder(tmp_path).write("artifacts/a", b"weights")
    assert list((tmp_path / "artifacts").iterdir()) == []


@pytest.mark.parametrize("url", ["file://host/shared", "shared", "nosuch://bucket"])
def test_a_url_that_cannot_be_used_is_answered_with_what_to_do(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownStorage, match=r"write it as file:///|pip install penumbra\[scale\]"):
        storage_at(url, tmp_path)


def test_what_lies_there_is_listed_and_has_an_age(storage: Storage) -> None:
    storage.write("artifacts/a", b"weights")
    keep(storage, "d-1")
    assert (storage.names("artifacts"), storage.names("datasets")) == ({"artifacts/a"}, {"datasets/d-1"})
    for name in ("artifacts/a", "datasets/d-1"):
        assert abs(storage.written_at(name) - time.time()) < 600
        storage.delete(name)
        with pytest.raises(FileNotFoundError):
            storage.written_at(name)
    assert storage.names("artifacts") == storage.names("datasets") == set()
