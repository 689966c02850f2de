"""Fitted models on disk, each under the SHA-256 of its bytes, written whole or not at all.

A file is one line with the name of the kind of fitted model, and then the safetensors of its arrays.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from services.mlaas.fitted_model import FITTED_MODELS, FittedModel


class ArtifactDamaged(OSError):
    """The file is not what was written: restore it from a backup, or train the model again."""


def save(folder: Path, model: FittedModel) -> str:
    """Write a model and return its SHA-256 in hexadecimal digits, which is also the file's name."""
    kind = type(model).__module__.rpartition(".")[2]
    content = kind.encode() + b"\n" + model.to_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / sha256, content)
    return sha256


def load(folder: Path, sha256: str) -> FittedModel:
    """The model that `save` wrote; raises FileNotFoundError and, if the bytes changed, ArtifactDamaged."""
    content = (folder / sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactDamaged(f"The model file {folder / sha256} is damaged: train the model again.")
    kind, _, arrays = content.partition(b"\n")
    return FITTED_MODELS.load(kind.decode()).from_bytes(arrays)


def write_whole(path: Path, content: bytes) -> None:
    """Under a temporary name first: a crash leaves the old file or the new one, never a part."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
