"""Logistic regression: the log-odds of "in" are linear in the features."""

import numpy as np
from scipy.special import expit
from sklearn import linear_model

from attacker.per_group import Floats, Kinds, Model, PerGroup, linear


class LogisticRegression(PerGroup):
    """scikit-learn's with its default, a penalty of |w|²/2 against `c` times the sum of the losses."""

    def __init__(self, *, c: float = 1.0, iterations: int = 1000) -> None:
        self.c, self.iterations = c, iterations

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        fitted = linear_model.LogisticRegression(C=self.c, max_iter=self.iterations).fit(records, kinds)
        return lambda asked: np.asarray(expit(linear(asked, fitted.coef_[0], fitted.intercept_[0])))
