"""Ridge regression of a model's answers on the records: what it would say of one it never saw. Pure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from attacker.answers import Answers

Floats = NDArray[np.float64]

FLOOR = 1e-12  # probabilities below it are read as it: an exact zero must not outweigh all other answers
PENALTY = 4.0  # of a squared weight, times the features
FLAT = 1e-9  # a feature that varies less is left as it is


def log_probabilities(answers: Answers) -> Floats:
    """(N, K), each row with mean 0."""
    logs = np.log(np.maximum(answers.probabilities, FLOOR))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def probabilities(logs: Floats) -> Floats:
    """Of log-probabilities (N, K), each row known up to one number."""
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


class Ridge(NamedTuple):
    """Outputs (N, K) that are linear in the features, these at mean 0 and deviation 1."""

    centre: Floats  # (D,)
    deviation: Floats  # (D,)
    weights: Floats  # (D, K)
    mean: Floats  # (K,)

    def predict(self, features: NDArray[Any]) -> Floats:
        """By columns: a matrix product adds in an order that depends on N."""
        sums = np.tile(self.mean, (len(features), 1))
        scaled = (features - self.centre) / self.deviation
        for column, weights in zip(scaled.T, self.weights, strict=True):
            sums += column[:, None] * weights
        return sums


def ridge_regression(features: NDArray[Any], outputs: Floats) -> tuple[Ridge, Floats]:
    """Of outputs (N, K) on features (N, D), and what each record is predicted (N, K) by the others' fit."""
    centre, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    deviation[deviation < FLAT] = 1.0
    scaled, mean = (features - centre) / deviation, outputs.mean(axis=0)
    with threadpool_limits(1):  # more threads would add in another order
        penalised = scaled.T @ scaled + PENALTY * scaled.shape[1] * np.eye(scaled.shape[1])
        spread = np.linalg.solve(penalised, scaled.T)
        weights = spread @ (outputs - mean)
        residuals = outputs - mean - scaled @ weights
    leverage = (scaled * spread.T).sum(axis=1) + 1 / len(scaled)
    return Ridge(centre, deviation, weights, mean), outputs - residuals / (1 - leverage)[:, None]
