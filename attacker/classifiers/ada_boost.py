"""AdaBoost: trees of one cut each, every one learned where those before it were wrong."""

import numpy as np
from scipy.special import expit
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from attacker.per_group import Floats, Kinds, Model, PerGroup

CHANCE = 0.5 + 1e-9  # with room for the rounding of a sum


class AdaBoost(PerGroup):
    """scikit-learn's with its defaults, 50 rounds that each count in full.

    The cuts' weighted vote is read as log-odds (Friedman, Hastie, Tibshirani 2000). scikit-learn reads its
    mean, which is as sure of one poor cut as of many good ones.
    """

    def __init__(self, *, rounds: int = 50, learning_rate: float = 1.0) -> None:
        self.rounds, self.learning_rate = rounds, learning_rate

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        first = DecisionTreeClassifier(max_depth=1, random_state=seed).fit(records, kinds)
        if first.score(records, kinds) <= CHANCE:  # no cut tells anything, and AdaBoostClassifier would fail
            return lambda asked: np.full(len(asked), 0.5)
        cuts = AdaBoostClassifier(
            n_estimators=self.rounds, learning_rate=self.learning_rate, random_state=seed
        ).fit(records, kinds)
        return lambda asked: np.asarray(
            expit(cuts.decision_function(asked) * cuts.estimator_weights_.sum() / 2)
        )
