"""What a model type is: a family of models with its hyperparameters, which can be fitted to records."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.registry import Registry

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True)
class TrainingData:
    """Records `features` (N, D) of any numeric dtype, `labels` (N,) in 0..K-1, K being `classes`.

    `shape` is what the owner declared of a record; images are (H, W) or (H, W, C).
    """

    features: NDArray[Any]
    labels: NDArray[np.int64]
    classes: int
    shape: tuple[int, ...] | None = None

    def part(self, rows: NDArray[np.int64]) -> "TrainingData":
        return replace(self, features=self.features[rows], labels=self.labels[rows])


class ModelType(ABC):
    """One family of models. Its hyperparameters are the keyword arguments of `__init__`.

    `takes_images` says that it fits nothing else, and so needs their shape; `lacks`, why it can have no more
    of the training defences than it has arguments for. A heavy library is imported inside `fit`: the web
    process reads the hyperparameters and never trains.
    """

    takes_images: ClassVar[bool] = False
    lacks: ClassVar[str] = ""

    @abstractmethod
    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> FittedModel:
        """Fit to records, on `device` where the family can make use of one.

        The fitted model gives a column to every class, also to one that no label names. The same records
        and the same state of `rng` give the same model to the byte on a CPU; meant to be the
        same on one GPU too; not yet run on one.
        """

    def epsilon(self, records: int) -> float | None:
        """Of differential privacy, once fitted to so many records; None where none is promised."""
        return None


MODEL_TYPES = Registry("model type", "services.mlaas.model_types", ModelType)  # type: ignore[type-abstract]


def are_images(shape: Sequence[int] | None, features: int) -> bool:
    """Whether records of so many features are images (H, W) or (H, W, C) by their declared `shape`."""
    return shape is not None and len(shape) in (2, 3) and math.prod(shape) == features


def column_scale(features: NDArray[Any]) -> NDArray[np.float64]:
    """What to divide each column by, (D,): its largest magnitude where that is above 1, else 1.

    Binary records stay as they are.
    """
    highest, lowest = (ends.astype(np.float64) for ends in (features.max(axis=0), features.min(axis=0)))
    scale: NDArray[np.float64] = np.maximum(np.maximum(highest, -lowest), 1.0)
    return scale
