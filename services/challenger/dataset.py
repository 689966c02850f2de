"""What a data set is: labelled records, and a description of their format that was not read from them."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from services.challenger.cache import (
    UNREADABLE,
    Arrays,
    count_records,
    labels,
    packed,
    read_arrays,
    unpacked,
    write_arrays,
)
from services.challenger.errors import DatasetUnavailable
from services.challenger.published.download import Published
from services.registry import Registry

MOST_IN_MEMORY = 2  # data sets: a game reads its own several times, and images take seconds to decode

log = logging.getLogger(__name__)
_loading: dict[str, threading.Lock] = {}  # two games on one data set must not make it twice


@dataclass(frozen=True)
class Feature:
    """One column of the records: what it may hold, as the description says, not as the records show.

    `categories` are the words that the `values` stand for, where it held words.
    """

    name: str
    kind: Literal["binary", "integer", "real", "categorical"]
    minimum: float
    maximum: float
    values: tuple[float, ...] | None = None
    categories: tuple[str, ...] | None = None


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

    files: where it was published; none when it is made on this machine. checksums: the SHA-256 of the
    features' bytes, by number of records, where it is known; a number other than `records` is a part that
    can be played too. substitute: a data set of the same form to play where this one cannot be had.
    folder: the cache folder, where fetched files may lie already.
    """

    summary: ClassVar[str]
    source: ClassVar[str]
    terms: ClassVar[str]
    records: ClassVar[int]
    features: ClassVar[int]
    classes: ClassVar[int]
    shape: ClassVar[tuple[int, ...] | None] = None
    files: ClassVar[tuple[Published, ...]] = ()
    checksums: ClassVar[Mapping[int, str]] = MappingProxyType({})
    substitute: ClassVar[str | None] = None

    def __init__(self, folder: Path = Path()) -> None:
        self.folder = folder

    @abstractmethod
    def make(self) -> Records:
        """All records, generated or fetched; the caller caches them."""

    @abstractmethod
    def format(self) -> tuple[Feature, ...]:
        """The D features, from the data set's description."""

    def pack(self, records: Records) -> Arrays:
        """The records as the cache keeps them."""
        return packed(records.features) | {"y": records.labels.astype(np.int16)}

    def unpack(self, arrays: Arrays) -> Records:
        """The records that `pack` kept; raises one of UNREADABLE for other arrays."""
        return Records(unpacked(arrays), labels(arrays), class_names(self.classes))


DATASETS: Registry[Dataset] = Registry("data set", "services.challenger.datasets", Dataset)  # type: ignore[type-abstract]


def load(name: str, cache: Path) -> Records:
    """The records of a data set: from `<cache>/<name>.npz`, else made, checked and kept there.

    They are shared, so not to be written to. Raises UnknownPlugin for another name, DatasetUnavailable
    when the records cannot be had.
    """
    dataset, file = DATASETS.load(name)(cache), cache / f"{name}.npz"
    with _loading.setdefault(name, threading.Lock()):
        if file.is_file():
            return kept(name, file, file.stat().st_mtime_ns)
        records = made(dataset)
        try:
            write_arrays(file, dataset.pack(records))
        except OSError as error:  # a shared, read-only folder: the records are made again next time
            log.warning("%s could not be kept in %s: %s", name, cache, error)
        return records


@lru_cache(maxsize=MOST_IN_MEMORY)
def kept(name: str, file: Path, modified_ns: int) -> Records:
    """The records in a file of the cache; a file that has changed since is another."""
    dataset = DATASETS.load(name)(file.parent)
    try:
        records = dataset.unpack(read_arrays(file))
    except UNREADABLE as error:
        raise DatasetUnavailable(f"{file} cannot be read ({error}); remove it to get it anew.") from error
    records.features.flags.writeable = records.labels.flags.writeable = False
    return checked(dataset, records, str(file))


def made(dataset: Dataset) -> Records:
    """Raises DatasetUnavailable, which also names what can be played in its place."""
    try:
        return checked(dataset, dataset.make(), dataset.source)
    except DatasetUnavailable as error:
        if dataset.substitute is None:
            raise
        instead = f"or play {dataset.substitute}, synthetic records of the same form, in its place."
        raise DatasetUnavailable(f"{error.detail.removesuffix('.')}; {instead}") from error


def records_here(name: str, cache: Path) -> int:
    """How many of a data set's records can be played without a network; 0 when it must be fetched first."""
    dataset, file = DATASETS.load(name), cache / f"{name}.npz"
    if file.is_file():
        return count_records(file)
    return dataset.records if all((cache / wanted.name).is_file() for wanted in dataset.files) else 0


def how_to_get(name: str) -> str:
    """What to do on the challenger's machine so that the data set is there."""
    names = " and ".join(wanted.name for wanted in DATASETS.load(name).files)
    return f"challenger fetch {name}" + (f", or put {names} into the folder of data sets" if names else "")


def class_names(count: int) -> tuple[str, ...]:
    """The names that integer labels have at the provider: "0" to "K-1"."""
    return tuple(str(label) for label in range(count))


def checked(dataset: Dataset, records: Records, where: str) -> Records:
    """The same records; raises DatasetUnavailable when they are not the described ones."""
    count, classes = len(records.labels), int(records.labels.max(initial=-1)) + 1
    found = (*records.features.shape, classes)
    described = (dataset.records, dataset.features, dataset.classes)
    known = count == dataset.records or count in dataset.checksums
    if not known or found != (count, *described[1:]) or records.labels.min() < 0:
        raise DatasetUnavailable(f"{where} holds {found} records, features, classes instead of {described}.")
    if (meant := dataset.checksums.get(count)) and meant != digest(records.features):
        raise DatasetUnavailable(f"{where} is damaged: its features have another SHA-256; remove it.")
    return records


def digest(features: NDArray[Any]) -> str:
    return sha256(np.ascontiguousarray(features).data).hexdigest()
