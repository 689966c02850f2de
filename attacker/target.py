"""What a target is: a model that answers records with confidence vectors, over whatever API it has."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Prediction:
    """What was answered: `probabilities` (N, K) in the order of the run's classes, and bytes moved.

    `requests` are more than one where a server did not take all records at once.
    """

    probabilities: NDArray[np.float32]
    moved: int
    requests: int = 1


class Target(ABC):
    """A model that can be asked: the one under attack, or a shadow of it."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The name under which its answers are kept and its cost is counted."""

    @property
    @abstractmethod
    def width(self) -> int:
        """K, the number of the run's classes."""

    @abstractmethod
    def batch(self, features: int) -> int:
        """The most records of that many features which one request may carry."""

    @abstractmethod
    def predict(self, records: NDArray[Any], idempotency_key: str) -> Prediction:
        """Answer records (N, D), N at most `batch`. Under the same key again, nothing more is charged."""
