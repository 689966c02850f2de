"""What a model type is: a family of models with its hyperparameters, which can be fitted to records."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.registry import Registry


class ModelType(ABC):
    """One family of models. Its hyperparameters are the keyword arguments of `__init__`.

    A heavy library is imported inside `fit`: the web process reads the hyperparameters and never trains.
    """

    @abstractmethod
    def fit(
        self, features: NDArray[Any], labels: NDArray[np.int64], classes: int, rng: np.random.Generator
    ) -> FittedModel:
        """Fit to records `features` (N, D) with `labels` (N,) in 0..K-1, where K is `classes`.

        The fitted model gives a column to every class, also to one that no label names. The same records
        and the same state of `rng` give the same model to the byte.
        """


MODEL_TYPES = Registry("model type", "services.mlaas.model_types", ModelType)  # type: ignore[type-abstract]


def column_scale(features: NDArray[Any]) -> NDArray[np.float64]:
    """What to divide each column by, (D,): its largest magnitude where that is above 1, else 1.

    Binary records stay as they are.
    """
    highest, lowest = (ends.astype(np.float64) for ends in (features.max(axis=0), features.min(axis=0)))
    scale: NDArray[np.float64] = np.maximum(np.maximum(highest, -lowest), 1.0)
    return scale
