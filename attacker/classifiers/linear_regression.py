"""Least squares: the membership itself, 0 or 1, as a linear function of the features."""

import numpy as np
from sklearn import linear_model

from attacker.per_group import Floats, Kinds, Model, PerGroup, linear


class LinearRegression(PerGroup):
    """The value, clipped to [0, 1], is read as P(in), so that above one half is "in".

    What lies beyond 1 is not told apart, so it has no threshold with few false alarms.
    """

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        fitted = linear_model.LinearRegression().fit(records, kinds)
        return lambda asked: np.clip(linear(asked, fitted.coef_, fitted.intercept_), 0.0, 1.0)
