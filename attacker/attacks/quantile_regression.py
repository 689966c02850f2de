"""What the target says of known non-members predicts what it would say of a record it never saw."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from attacker import signals
from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.threat_model import AdversaryView, Answers, Case

Floats = NDArray[np.float64]

FLOOR = 1e-12  # probabilities below it are read as it: an exact zero must not outweigh all other answers
PENALTY = 4.0  # of a squared weight, times the features
FLAT = 1e-9  # a feature that varies less is left as it is


class QuantileRegression(Attack):
    """A record is a member if its scaled log-odds exceed the quantile that is predicted for non-members.

    No shadow model is needed, and nothing of the target's making. The share `fpr` is the false positive rate
    that is aimed at. Bertran et al. learn the quantile of one score with trees or a network. Here the whole
    vector of log-probabilities is predicted from the record, by ridge regression, for it tells K times as
    much of how the target sees a record; the predicted log-odds are its own, and the quantile lies above them
    by that of the known records' residuals, each predicted without itself.
    """

    paper = (
        "Bertran, Tang, Kearns, Morgenstern, Roth, Wu: Scalable MIAs via Quantile Regression. NeurIPS 2023"
    )
    needs = Needs(shadows=False, known=True, features=True)
    threshold_ = 0.0

    def __init__(self, *, fpr: float = 0.1) -> None:
        self.fpr = fpr

    def check(self) -> None:
        if not 0 < self.fpr < 1:
            raise ConfigurationError(f"quantile_regression:fpr is between 0 and 1, not {self.fpr}.")

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        return self

    def score(self, case: Case) -> Floats:
        """The scaled log-odds, less their predicted quantile of order 1 - fpr."""
        known = case.known
        if len(known) < 2:
            raise CannotAttack(
                "quantile_regression needs known non-members: play a game that grants a population."
            )
        ridge, left_out = ridge_regression(known.features, log_probabilities(known.answers))
        residuals = log_odds(known.answers) - predicted_log_odds(left_out, known.answers.labels)
        answers = case.candidates.answers
        expected = predicted_log_odds(ridge.predict(case.candidates.features), answers.labels)
        return log_odds(answers) - expected - np.quantile(residuals, 1 - self.fpr)


def log_odds(answers: Answers) -> Floats:
    return signals.scaled_log_odds(answers.probabilities, answers.labels)


def log_probabilities(answers: Answers) -> Floats:
    """(N, K), each row with mean 0."""
    logs = np.log(np.maximum(answers.probabilities, FLOOR))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def predicted_log_odds(logs: Floats, labels: NDArray[np.int64]) -> Floats:
    """Scaled log-odds (N,) of what is predicted to be log-probabilities (N, K), up to one number a row."""
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return signals.scaled_log_odds(powers / powers.sum(axis=1, keepdims=True), labels)


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
