"""Multi-layer perceptron: hidden layers of tanh or ReLU, softmax, cross-entropy."""

from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from services.mlaas.descent import CHECKED, Descent, Share
from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.trained_by_descent import TrainedByDescent


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class MLP(TrainedByDescent):
    """`dropout` is the share of the hidden units that each step does without."""

    hidden: tuple[PositiveInt, ...] = (128,)
    activation: Literal["tanh", "relu"] = "tanh"
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: PositiveFloat = 1e-3
    decay: NonNegativeFloat = 0.0
    batch: PositiveInt = 100
    epochs: PositiveInt = 200
    dropout: Share = 0.0

    def descent(self) -> Descent:
        return Descent(self.optimizer, self.learning_rate, self.decay, self.batch, self.epochs, self)

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Network:
        from services.mlaas.dense_layers import fit_network

        return fit_network(
            data,
            hidden=self.hidden,
            activation=self.activation,
            dropout=self.dropout,
            descent=self.descent(),
            rng=rng,
            device=device,
        )
