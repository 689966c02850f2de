"""What the target says of known non-members predicts what it would say of a record it never saw."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker import signals
from attacker.answers import Answers
from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.ridge import log_probabilities, probabilities, ridge_regression
from attacker.threat_model import AdversaryView, Case

Floats = NDArray[np.float64]


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
    return answers.signal(signals.scaled_log_odds)


def predicted_log_odds(logs: Floats, labels: NDArray[np.int64]) -> Floats:
    """Scaled log-odds (N,) of what is predicted to be log-probabilities (N, K), up to one number a row."""
    return signals.scaled_log_odds(probabilities(logs), labels)
