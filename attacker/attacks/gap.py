"""The trivial attack, to stand beside every other."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.threat_model import AdversaryView, Case


class Gap(Attack):
    """A record is a member if and only if the model labels it correctly.

    Its advantage is the target's generalisation gap, train accuracy minus test accuracy.
    """

    paper = "Yeom, Giacomelli, Fredrikson, Jha: Privacy Risk in Machine Learning. CSF 2018"
    needs = Needs(answers="labels", shadows=False)
    threshold_ = 0.5

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """1.0 where the predicted label is right, else 0.0."""
        answers = case.candidates.answers
        right: NDArray[np.bool_] = answers.probabilities.argmax(axis=1) == answers.labels
        return right.astype(np.float64)
