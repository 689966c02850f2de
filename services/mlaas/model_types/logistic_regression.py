"""Multinomial logistic regression by gradient descent, at the best of several rates."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, ModelType, TrainingData


class LogisticRegression(ModelType):
    """`max_passes` over the records and `l2` are what Amazon ML let a customer set.

    Each step shrinks the weights by rate x `l2` (see Descent), which with Adam is little. Of several `rates`,
    each tried for one pass over a `sample` of the records, the one that leaves the least loss there is used,
    as Bottou (2012, "Stochastic Gradient Descent Tricks") advises.
    """

    def __init__(
        self,
        *,
        max_passes: PositiveInt = 10,
        l2: NonNegativeFloat = 1e-6,
        optimizer: Literal["adam", "sgd"] = "sgd",
        batch: PositiveInt = 10,
        rates: tuple[PositiveFloat, ...] = (0.01, 0.03, 0.1, 0.3, 1.0),
        sample: PositiveInt = 1000,
    ) -> None:
        self.max_passes = max_passes
        self.l2 = l2
        self.optimizer = optimizer
        self.batch = batch
        self.rates = rates
        self.sample = sample

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Network:
        few = data.part(rng.permutation(len(data.features))[: self.sample])
        trials = {rate: self._descend(few, rate, passes=1, rng=rng, device=device) for rate in self.rates}
        losses = {
            rate: cross_entropy(trial.probabilities(few.features), few.labels)
            for rate, trial in trials.items()
        }
        rate = min(losses, key=losses.__getitem__)
        return self._descend(data, rate, passes=self.max_passes, rng=rng, device=device)

    def _descend(
        self, data: TrainingData, rate: float, *, passes: int, rng: np.random.Generator, device: Device
    ) -> Network:
        from services.mlaas.gradient_descent import Descent, fit_network

        descent = Descent(self.optimizer, rate, decay=0.0, batch=self.batch, epochs=passes, l2=self.l2)
        return fit_network(data, hidden=(), activation="tanh", descent=descent, rng=rng, device=device)


def cross_entropy(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The mean of -log p of the true `labels` (N,); `probabilities` (N, K) under 1e-300 count as that."""
    true = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, 1e-300)).mean())
