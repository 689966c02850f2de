"""The probabilities of the likeliest classes alone (Shokri et al. 2017, sec. IX)."""

import numpy as np
from pydantic import PositiveInt

from services.mlaas.defence import Defence, Probabilities, Question


class TopK(Defence):
    """The others are 0. Of equals, the first are kept."""

    def __init__(self, *, k: PositiveInt = 3) -> None:
        self.k = k

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        """One search a class that is kept: for few of them that is far quicker than to sort."""
        rows = np.arange(len(probabilities))
        left, kept = probabilities.copy(), np.zeros_like(probabilities)
        for _ in range(min(self.k, probabilities.shape[1])):
            likeliest = left.argmax(axis=1)
            kept[rows, likeliest] = probabilities[rows, likeliest]
            left[rows, likeliest] = -1
        return kept
