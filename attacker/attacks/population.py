"""A threshold from known non-members, and not one shadow model."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker import signals
from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.threat_model import AdversaryView, Case


class Population(Attack):
    """A record is a member if its loss is below all but a share of what known non-members have.

    The share `fpr` is the false positive rate that is aimed at. The score is the share of the known
    non-members with a larger loss, ties counted one half, so it resolves as finely as they are many; among
    records below all of them the loss itself ranks.
    """

    paper = "Ye, Maddi, Murakonda, Bindschaedler, Shokri: Enhanced MIAs. CCS 2022, attack P"
    needs = Needs(shadows=False, known=True)

    def __init__(self, *, fpr: float = 0.1) -> None:
        self.fpr = fpr

    def check(self) -> None:
        if not 0 < self.fpr < 1:
            raise ConfigurationError(f"population:fpr is between 0 and 1, not {self.fpr}.")

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        self.threshold_ = 1 - self.fpr
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """In [0, 2): the share of known non-members with a larger loss; above 1, a loss below all theirs."""
        if not len(case.known):
            raise CannotAttack("population needs known non-members: play a game that grants a population.")
        losses = np.sort(case.known.answers.signal(signals.loss))
        loss = case.candidates.answers.signal(signals.loss)
        left, right = (np.searchsorted(losses, loss, side) for side in ("left", "right"))
        larger = 1 - (left + right) / (2 * len(losses))
        beyond = losses[0] - loss
        return np.where(beyond > 0, 1 + beyond / (1 + beyond), larger)
