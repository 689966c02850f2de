"""What a data set is: labelled records, and a description of their format that was not read from them."""

import logging
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from services.challenger.cache import read_arrays, write_arrays
from services.challenger.errors import DatasetUnavailable
from services.registry import Registry

log = logging.getLogger(__name__)
_loading = threading.Lock()  # two games on one data set must not make it twice


@dataclass(frozen=True)
class Feature:
    """One column of the records: what it may hold, as the description says, not as the records show."""

    name: str
    kind: Literal["binary", "integer", "real", "categorical"]
    minimum: float
    maximum: float
    values: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Records:
    """Labelled records: features (N, D) in their smallest dtype, labels (N,) in 0..K-1, K class names."""

    features: NDArray[Any]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def take(self, rows: NDArray[np.int64]) -> "Records":
        return Records(self.features[rows], self.labels[rows], self.classes)


class Dataset(ABC):
    """A data set describes itself in class variables and makes its records when they are asked for.

    folder: the cache folder, where a fetched archive may lie already.
    """

    summary: ClassVar[str]
    source: ClassVar[str]
    terms: ClassVar[str]
    records: ClassVar[int]
    features: ClassVar[int]
    classes: ClassVar[int]
    shape: ClassVar[tuple[int, ...] | None] = None
    checksum: ClassVar[str | None] = None  # SHA-256 of the features' bytes, where they are known in advance
    fetched: ClassVar[bool] = False  # True: comes from a published source; False: made on this machine

    def __init__(self, folder: Path = Path()) -> None:
        self.folder = folder

    @abstractmethod
    def make(self) -> Records:
        """All records, generated or fetched; the caller caches them."""

    @abstractmethod
    def format(self) -> tuple[Feature, ...]:
        """The D features, from the data set's description."""


DATASETS: Registry[Dataset] = Registry("data set", "services.challenger.datasets", Dataset)  # type: ignore[type-abstract]


def load(name: str, cache: Path) -> Records:
    """The records of a data set: from `<cache>/<name>.npz`, else made, checked and kept there.

    Raises UnknownPlugin for another name, DatasetUnavailable when the records cannot be had.
    """
    dataset, file = DATASETS.load(name)(cache), cache / f"{name}.npz"
    with _loading:
        if file.is_file():
            return checked(dataset, read(file), str(file))
        records = checked(dataset, dataset.make(), dataset.source)
        try:
            write_arrays(file, records.features, records.labels)
        except OSError as error:  # a shared, read-only folder: the records are made again next time
            log.warning("%s could not be kept in %s: %s", name, cache, error)
        return records


def is_here(name: str, cache: Path) -> bool:
    """Whether the data set can be played on this machine without a network."""
    return not DATASETS.load(name).fetched or (cache / f"{name}.npz").is_file()


def read(file: Path) -> Records:
    features, labels = read_arrays(file)
    return Records(features, labels, class_names(int(labels.max()) + 1))


def class_names(count: int) -> tuple[str, ...]:
    """The names that integer labels have at the provider: "0" to "K-1"."""
    return tuple(str(label) for label in range(count))


def checked(dataset: Dataset, records: Records, where: str) -> Records:
    """The same records; raises DatasetUnavailable when they are not the described ones."""
    found = (*records.features.shape, len(records.classes))
    described = (dataset.records, dataset.features, dataset.classes)
    if found != described or len(records.labels) != len(records.features):
        raise DatasetUnavailable(f"{where} holds {found} records, features, classes instead of {described}.")
    if dataset.checksum and dataset.checksum != digest(records.features):
        raise DatasetUnavailable(f"{where} is damaged: its features have another SHA-256; remove it.")
    return records


def digest(features: NDArray[Any]) -> str:
    return sha256(np.ascontiguousarray(features).data).hexdigest()
