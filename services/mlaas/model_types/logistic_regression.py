"""Multinomial logistic regression by gradient descent, at the best of several rates."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from services.mlaas.descent import CHECKED, Descent
from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.trained_by_descent import TrainedByDescent


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class LogisticRegression(TrainedByDescent):
    """`max_passes` over the records, and an amount of regularisation, are what Amazon ML let a customer set.

    Of several `rates`, each tried for one pass over a `sample` of the records, the one that leaves the least
    loss there is used, as Bottou (2012, "Stochastic Gradient Descent Tricks") advises.
    """

    lacks: ClassVar[str] = "it has no hidden units"

    max_passes: PositiveInt = 10
    weight_decay: NonNegativeFloat = 1e-6
    optimizer: Literal["adam", "sgd"] = "sgd"
    batch: PositiveInt = 10
    rates: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)] = (0.01, 0.03, 0.1, 0.3, 1.0)
    sample: PositiveInt = 1000

    @model_validator(mode="after")
    def nothing_private_is_tried(self) -> Self:
        if self.differential_privacy and len(self.rates) > 1:
            raise ValueError("trying several rates reveals more than differential_privacy states: name one")
        return self

    def descent(self) -> Descent:
        return Descent(
            self.optimizer, self.rates[0], decay=0.0, batch=self.batch, epochs=self.max_passes, defences=self
        )

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Network:
        few = data.part(rng.permutation(len(data.features))[: self.sample])
        to_the_end = self.descent()
        trials = {
            rate: fitted(few, replace(to_the_end, learning_rate=rate, epochs=1), rng, device)
            for rate in self.rates
        }
        losses = {
            rate: cross_entropy(trial.probabilities(few.features), few.labels)
            for rate, trial in trials.items()
        }
        best = min(losses, key=losses.__getitem__)
        return fitted(data, replace(to_the_end, learning_rate=best), rng, device)


def fitted(data: TrainingData, descent: Descent, rng: np.random.Generator, device: Device) -> Network:
    from services.mlaas.dense_layers import fit_network

    return fit_network(
        data, hidden=(), activation="tanh", dropout=0.0, descent=descent, rng=rng, device=device
    )


def cross_entropy(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The mean of -log p of the true `labels` (N,); `probabilities` (N, K) under 1e-300 count as that."""
    true = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, 1e-300)).mean())
