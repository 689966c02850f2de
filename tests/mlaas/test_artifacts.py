"""Fitted models on disk: under the hash of their bytes, whole or not at all, and checked when read."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from services.mlaas import artifacts
from services.mlaas.fitted_models.network import Network

NETWORK = Network(weights=(np.eye(3),), biases=(np.arange(3.0),))


def test_a_file_is_named_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    sha256 = artifacts.save(tmp_path / "new", NETWORK)
    assert hashlib.sha256((tmp_path / "new" / sha256).read_bytes()).hexdigest() == sha256


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    loaded = artifacts.load(tmp_path, artifacts.save(tmp_path, NETWORK))
    assert np.array_equal(loaded.probabilities(np.eye(3)), NETWORK.probabilities(np.eye(3)))


def test_the_same_model_saved_twice_is_one_file(tmp_path: Path) -> None:
    assert artifacts.save(tmp_path, NETWORK) == artifacts.save(tmp_path, NETWORK)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / artifacts.save(tmp_path, NETWORK)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(artifacts.ArtifactDamaged, match="train the model again"):
        artifacts.load(tmp_path, path.name)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        artifacts.load(tmp_path, "0" * 64)


def test_a_disk_that_fails_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(artifacts.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        artifacts.save(tmp_path, NETWORK)
    assert list(tmp_path.iterdir()) == []
