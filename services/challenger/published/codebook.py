"""Tables of words and numbers made into features by their codebook: nothing is fitted to the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Feature


@dataclass(frozen=True)
class Numeric:
    """A whole number in a fixed range, scaled to [0, 1]."""

    name: str
    minimum: int
    maximum: int

    width = 1

    def number(self, word: str) -> int:
        return int(word)

    def encode(self, column: NDArray[np.int32]) -> NDArray[np.float32]:
        """Of integers (N,): features (N, 1); raises ValueError for one out of range."""
        if ((column < self.minimum) | (column > self.maximum)).any():
            raise ValueError(f"{self.name} is not always in {self.minimum} to {self.maximum}")
        scaled = (column - self.minimum) / (self.maximum - self.minimum)
        return scaled[:, np.newaxis].astype(np.float32)

    def decode(self, features: NDArray[np.float32]) -> NDArray[np.int32]:
        scaled = features[:, 0].astype(np.float64) * (self.maximum - self.minimum)
        return np.rint(scaled + self.minimum).astype(np.int32)

    def format(self) -> list[Feature]:
        return [Feature(self.name, "real", 0, 1)]


@dataclass(frozen=True)
class Categorical:
    """One word of a list, one-hot."""

    name: str
    words: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        return self.words.index(word)

    def encode(self, column: NDArray[np.int32]) -> NDArray[np.float32]:
        """Of positions in the list (N,): features (N, W); raises ValueError for one that is not there."""
        if ((column < 0) | (column >= self.width)).any():
            raise ValueError(f"{self.name} has a value that its codebook lacks")
        return np.eye(self.width, dtype=np.float32)[column]

    def decode(self, features: NDArray[np.float32]) -> NDArray[np.int32]:
        positions: NDArray[np.int32] = features.argmax(axis=1).astype(np.int32)
        return positions

    def format(self) -> list[Feature]:
        return [Feature(f"{self.name}={word}", "binary", 0, 1) for word in self.words]


Codebook = Sequence[Numeric | Categorical]


def numbered(codebook: Codebook, rows: Sequence[Sequence[str]]) -> NDArray[np.int32]:
    """Integers (N, A) of words (N, A): the numbers, and the words' positions; raises ValueError."""
    return np.array(
        [[one.number(word) for one, word in zip(codebook, row, strict=True)] for row in rows],
        dtype=np.int32,
    )


def encode(codebook: Codebook, table: NDArray[Any]) -> NDArray[np.float32]:
    """Features (N, D) of integers (N, A); raises ValueError for those that the codebook has not."""
    return np.hstack([one.encode(column) for one, column in zip(codebook, table.T, strict=True)])


def decode(codebook: Codebook, features: NDArray[np.float32]) -> NDArray[np.int32]:
    """The integers (N, A) that `encode` had."""
    ends = np.cumsum([one.width for one in codebook])[:-1]
    columns = np.split(features, ends, axis=1)
    return np.column_stack([one.decode(column) for one, column in zip(codebook, columns, strict=True)])


def description(codebook: Codebook) -> tuple[Feature, ...]:
    """The D features."""
    return tuple(feature for one in codebook for feature in one.format())
