"""The likeliest class and nothing of how likely it is (Shokri et al. 2017, sec. IX)."""

import numpy as np

from services.mlaas.defence import Defence, Probabilities, Question


class LabelOnly(Defence):
    """1 for the likeliest class, of equals the first; 0 for the others."""

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        label = np.zeros_like(probabilities)
        label[np.arange(len(label)), probabilities.argmax(axis=1)] = 1
        return label
