"""Difficulty calibration: how much less the target errs on a record than models that never saw it."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack
from attacker.pseudo_targets import best_threshold, pseudo_scores
from attacker.signals import loss
from attacker.threat_model import AdversaryView, Case


class Calibration(Attack):
    """A record is a member if its loss is well below its mean loss at shadows that never saw it."""

    paper = "Watson, Guo, Cormode, Sablayrolles: On the Importance of Difficulty Calibration. ICLR 2022"
    needs = Needs(references=True)

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        self.threshold_ = best_threshold(*pseudo_scores(self, view))
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """The mean loss at the out shadows minus that at the target."""
        asked = case.candidates
        out = asked.shadows.moments(loss, "out")
        if not out.count.all():
            raise CannotAttack("calibration needs two shadows without each record: train four or more.")
        return out.mean - asked.answers.signal(loss)
