"""Fitted models in storage, each under the SHA-256 of its bytes.

A file is one line with the name of the kind of fitted model, and then the safetensors of its arrays.
"""

import hashlib

from services.mlaas.fitted_model import FITTED_MODELS, FittedModel
from services.mlaas.storage import Storage


class ArtifactDamaged(OSError):
    """The file is not what was written: restore it from a backup, or train the model again."""


def save(storage: Storage, model: FittedModel) -> str:
    """Write a model and return its SHA-256 in hexadecimal digits, which is also its name."""
    kind = type(model).__module__.rpartition(".")[2]
    content = kind.encode() + b"\n" + model.to_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    storage.write(name_of(sha256), content)
    return sha256


def load(storage: Storage, sha256: str) -> FittedModel:
    """The model that `save` wrote; raises FileNotFoundError and, if the bytes changed, ArtifactDamaged."""
    content = storage.read(name_of(sha256))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactDamaged(f"The model file {name_of(sha256)} is damaged: train the model again.")
    kind, _, arrays = content.partition(b"\n")
    return FITTED_MODELS.load(kind.decode()).from_bytes(arrays)


def size(storage: Storage, sha256: str) -> int:
    """In bytes; raises FileNotFoundError."""
    return storage.size(name_of(sha256))


def name_of(sha256: str) -> str:
    return f"artifacts/{sha256}"
