"""Linear support vector machine, one class against the rest, squared hinge loss."""

import warnings
from typing import ClassVar

import numpy as np
from pydantic import PositiveFloat, PositiveInt

from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, ModelType, TrainingData, column_scale

SMALLEST = 1e-100  # the squares of what is far less are 0, and liblinear searches for a step for ever


class SVM(ModelType):
    """Margins are not probabilities: the softmax of `sharpness` x the signed margins takes their place.

    `error_cost` is what the literature calls C.
    """

    lacks: ClassVar[str] = "it has a penalty of its own, error_cost, and is not trained by gradient descent"

    def __init__(
        self,
        *,
        error_cost: PositiveFloat = 1.0,
        sharpness: PositiveFloat = 5.0,
        most_passes: PositiveInt = 1000,
    ) -> None:
        self.error_cost = error_cost
        self.sharpness = sharpness
        self.most_passes = most_passes

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Network:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC

        scale = column_scale(data.features)
        machine = LinearSVC(
            C=self.error_cost, max_iter=self.most_passes, random_state=int(rng.integers(2**32))
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the cap is there to be met
            scaled = data.features / scale
            scaled[np.abs(scaled) < SMALLEST] = 0
            machine.fit(scaled, data.labels)
        margins, offsets = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # one machine between the two: its sides are the classes
            margins, offsets = np.vstack([-margins, margins]), np.concatenate([-offsets, offsets])
        weights, biases = np.zeros((data.features.shape[1], data.classes)), np.full(data.classes, -np.inf)
        weights[:, machine.classes_] = self.sharpness * margins.T
        biases[machine.classes_] = self.sharpness * offsets
        return Network(weights=(weights / scale[:, None],), biases=(biases,))
