"""What a fitted model is: it gives probabilities, and it can be written down and read again."""

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from services.registry import Registry

# Above what anyone measures, and well within float32.
LARGEST = 1e30

# The product of one record with a weight matrix depends, in its last bits, on how many records are multiplied
# at once. Records therefore always go through in tiles of this many rows.
TILE = 8


class FittedModel(ABC):
    """A model after training. Immutable, so that several threads may ask it at once.

    "Same question, same answer": a record's row must not depend on the other records of the table, nor on
    the record's place among them.
    """

    @abstractmethod
    def probabilities(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """The classes' probabilities (N, K) of `bounded` records `features` (N, D) of any numeric dtype."""

    @abstractmethod
    def to_bytes(self) -> bytes:
        """The whole model as safetensors: plain arrays, nothing that runs when it is read."""

    @classmethod
    @abstractmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The model that `to_bytes` wrote."""


FITTED_MODELS = Registry("fitted model", "services.mlaas.fitted_models", FittedModel)  # type: ignore[type-abstract]


def bounded(features: NDArray[Any]) -> NDArray[Any]:
    """Records (N, D) whose values beyond `LARGEST` count as that: their sums stay finite."""
    if features.dtype.kind != "f" or (features.max() <= LARGEST and features.min() >= -LARGEST):
        return features  # a look takes less than a copy
    clipped: NDArray[Any] = np.clip(features, -LARGEST, LARGEST)
    return clipped


def in_tiles(records: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Records (N, D) as (tiles, TILE, D), with zeros after the last: the shape of every product is fixed."""
    count, columns = records.shape
    tiles = np.empty((-(-count // TILE), TILE, columns), dtype)
    rows = tiles.reshape(-1, columns)
    rows[:count], rows[count:] = records, 0
    return tiles


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (N, K) that are proportional to exp(scores); a score of -inf gives exactly 0."""
    odds: NDArray[np.float64] = scores - scores.max(axis=1, keepdims=True)
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds
