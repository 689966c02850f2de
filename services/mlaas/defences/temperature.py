"""Scores divided by a temperature before the softmax: a flatter answer (Shokri et al. 2017, sec. IX)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from services.mlaas.defence import Defence, Probabilities, Question, normalised


class Temperature(Defence):
    """softmax(log p / T), which is the model's own softmax at that temperature. What is 0 stays 0."""

    def __init__(self, *, temperature: Annotated[float, Field(ge=1)] = 5.0) -> None:
        self.temperature = temperature

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        with np.errstate(divide="ignore"):
            scores = np.log(probabilities)
        scores *= 1 / self.temperature
        return normalised(np.exp(scores, out=scores))
