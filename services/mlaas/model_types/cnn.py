"""Convolutional neural network: convolutions with max-pooling, a fully connected layer, softmax; all tanh."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from services.mlaas.fitted_models.convolutional import Convolutional
from services.mlaas.model_type import Device, ModelType, TrainingData


class CNN(ModelType):
    """Two convolutions, as in Shokri et al. (2017, VI-C); `filters` and the side of a `kernel` are ours."""

    takes_images: ClassVar[bool] = True

    def __init__(
        self,
        *,
        filters: tuple[PositiveInt, ...] = (16, 32),
        kernel: Literal[3, 5, 7] = 3,
        hidden: PositiveInt = 128,
        optimizer: Literal["adam", "sgd"] = "adam",
        learning_rate: PositiveFloat = 1e-3,
        decay: NonNegativeFloat = 0.0,
        batch: PositiveInt = 100,
        epochs: PositiveInt = 100,
        l2: NonNegativeFloat = 0.0,
    ) -> None:
        self.filters = filters
        self.kernel = kernel
        self.hidden = hidden
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.decay = decay
        self.batch = batch
        self.epochs = epochs
        self.l2 = l2

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Convolutional:
        from services.mlaas.convolutions import fit_convolutional
        from services.mlaas.gradient_descent import Descent

        descent = Descent(
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            decay=self.decay,
            batch=self.batch,
            epochs=self.epochs,
            l2=self.l2,
        )
        return fit_convolutional(
            data,
            filters=self.filters,
            side=self.kernel,
            hidden=self.hidden,
            descent=descent,
            rng=rng,
            device=device,
        )
