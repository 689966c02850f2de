"""Fitted models in storage: under the hash of their bytes, and checked when read."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from services.mlaas import artifacts
from services.mlaas.fitted_models.network import Network
from services.mlaas.storage import Folder

NETWORK = Network(weights=(np.eye(3),), biases=(np.arange(3.0),))


@pytest.fixture
def storage(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "new")


def test_a_file_is_named_by_the_hash_of_its_bytes(storage: Folder) -> None:
    sha256 = artifacts.save(storage, NETWORK)
    content = (storage.root / "artifacts" / sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    assert artifacts.size(storage, sha256) == len(content)


def test_what_was_saved_is_loaded(storage: Folder) -> None:
    loaded = artifacts.load(storage, artifacts.save(storage, NETWORK))
    assert np.array_equal(loaded.probabilities(np.eye(3)), NETWORK.probabilities(np.eye(3)))


def test_the_same_model_saved_twice_is_one_file(storage: Folder) -> None:
    assert artifacts.save(storage, NETWORK) == artifacts.save(storage, NETWORK)
    assert len(list((storage.root / "artifacts").iterdir())) == 1


def test_a_changed_byte_is_noticed(storage: Folder) -> None:
    path = storage.root / "artifacts" / artifacts.save(storage, NETWORK)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(artifacts.ArtifactDamaged, match="train the model again"):
        artifacts.load(storage, path.name)


def test_a_missing_file_is_said_to_be_missing(storage: Folder) -> None:
    with pytest.raises(FileNotFoundError):
        artifacts.load(storage, "0" * 64)
