"""Probabilities of few digits (Shokri et al. 2017, sec. IX)."""

import numpy as np
from pydantic import PositiveInt

from services.mlaas.defence import Defence, Probabilities, Question


class Rounding(Defence):
    """`digits` after the point. Rows need no longer sum to 1, and of many classes all may become 0."""

    def __init__(self, *, digits: PositiveInt = 3) -> None:
        self.digits = digits

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        return np.round(probabilities, self.digits)
