"""The probabilities of the likeliest classes alone (Shokri et al. 2017, sec. IX)."""

import numpy as np
from pydantic import PositiveInt

from services.mlaas.defence import Defence, Probabilities, Question


class TopK(Defence):
    """The others are 0. Of equals, the first are kept."""

    def __init__(self, *, k: PositiveInt = 3) -> None:
        self.k = k

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        likeliest = np.argsort(-probabilities, axis=1, kind="stable")[:, : self.k]
        kept = np.zeros_like(probabilities)
        np.put_along_axis(kept, likeliest, np.take_along_axis(probabilities, likeliest, axis=1), axis=1)
        return kept
