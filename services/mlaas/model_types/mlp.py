"""Multi-layer perceptron: hidden layers of tanh or ReLU, softmax, cross-entropy."""

from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, ModelType, TrainingData


class MLP(ModelType):
    def __init__(
        self,
        *,
        hidden: tuple[PositiveInt, ...] = (128,),
        activation: Literal["tanh", "relu"] = "tanh",
        optimizer: Literal["adam", "sgd"] = "adam",
        learning_rate: PositiveFloat = 1e-3,
        decay: NonNegativeFloat = 0.0,
        batch: PositiveInt = 100,
        epochs: PositiveInt = 200,
        l2: NonNegativeFloat = 0.0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.decay = decay
        self.batch = batch
        self.epochs = epochs
        self.l2 = l2

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Network:
        from services.mlaas.gradient_descent import Descent, fit_network

        descent = Descent(
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            decay=self.decay,
            batch=self.batch,
            epochs=self.epochs,
            l2=self.l2,
        )
        return fit_network(
            data, hidden=self.hidden, activation=self.activation, descent=descent, rng=rng, device=device
        )
