"""Convolutional neural network: convolutions with max-pooling, a fully connected layer, softmax; all tanh."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from services.mlaas.descent import CHECKED, Descent, Share
from services.mlaas.fitted_models.convolutional import Convolutional
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.trained_by_descent import TrainedByDescent


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class CNN(TrainedByDescent):
    """Two convolutions, as in Shokri et al. (2017, VI-C); `filters` and the side of a `kernel` are ours.

    `dropout` is the share of the fully connected units that each step does without.
    """

    takes_images: ClassVar[bool] = True

    filters: tuple[PositiveInt, ...] = (16, 32)
    kernel: Literal[3, 5, 7] = 3
    hidden: PositiveInt = 128
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: PositiveFloat = 1e-3
    decay: NonNegativeFloat = 0.0
    batch: PositiveInt = 100
    epochs: PositiveInt = 100
    dropout: Share = 0.0

    def descent(self) -> Descent:
        return Descent(self.optimizer, self.learning_rate, self.decay, self.batch, self.epochs, self)

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Convolutional:
        from services.mlaas.convolutions import fit_convolutional

        return fit_convolutional(
            data,
            filters=self.filters,
            side=self.kernel,
            hidden=self.hidden,
            dropout=self.dropout,
            descent=self.descent(),
            rng=rng,
            device=device,
        )
