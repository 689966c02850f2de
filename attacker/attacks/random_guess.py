"""The null: what a result looks like when the answers are not used."""

import hashlib
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.threat_model import AdversaryView, Case


class RandomGuess(Attack):
    """A coin for each record, thrown by a hash of what was answered.

    The hash makes it a fair attack under the rules: a record gets the same coin in any company.
    """

    paper = "none: the null hypothesis"
    needs = Needs(answers="labels", shadows=False)
    threshold_ = 0.5

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        self.key_ = rng.bytes(16)
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """Uniform in [0, 1)."""
        answers = case.candidates.answers
        return np.fromiter(map(self._coin, answers.labels, answers.probabilities), np.float64, len(answers))

    def _coin(self, label: np.int64, record: NDArray[np.float64]) -> float:
        digest = hashlib.blake2b(label.tobytes() + record.tobytes(), digest_size=8, key=self.key_).digest()
        return int.from_bytes(digest) / 2**64
