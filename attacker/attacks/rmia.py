"""The robust attack: is the record's rise in probability above that of records known not to be members?"""

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.pseudo_targets import best_threshold, pseudo_scores
from attacker.signals import SMALLEST, confidence
from attacker.statistics.roc import roc
from attacker.threat_model import AdversaryView, Asked, Case

GRID = np.linspace(0, 1, 11)


class RMIA(Attack):
    """The share of known non-members that a record's likelihood ratio is at least `gamma` times that of.

    The ratio is of p_y at the target to p_y at models in general: the mean of those with the record and those
    without. Where no shadow has learned it, the former is taken to be a x the latter + 1 - a. An `a` that is
    not given is the best on one shadow.
    """

    paper = "Zarifzadeh, Liu, Shokri: Low-Cost High-Power Membership Inference Attacks. ICML 2024"
    needs = Needs(references=True, known=True)

    def __init__(self, *, gamma: float = 2.0, a: float | None = None) -> None:
        self.gamma = gamma
        self.a = a

    def check(self) -> None:
        if not self.gamma > 0:
            raise ConfigurationError("rmia: gamma is a ratio; set it above 0.")
        if self.a is not None and not 0 <= self.a <= 1:
            raise ConfigurationError("rmia: a is a share; set it from 0 to 1.")

    def fitted_parameters(self) -> dict[str, Any]:
        return self.parameters() | {"a": self.a_}

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        self.adaptive_ = view.access == "adaptive"
        self.a_ = self.tuned(view) if self.a is None else self.a
        self.threshold_ = best_threshold(*pseudo_scores(self, view))
        return self

    def tuned(self, view: AdversaryView) -> float:
        """The a of highest AUC on one shadow in the target's place."""
        first = replace(view, pseudo_targets=view.pseudo_targets[:1])

        def auc(a: float) -> float:
            self.a_ = a
            return roc(*pseudo_scores(self, first)).auc()

        return float(max(GRID, key=auc))

    def score(self, case: Case) -> NDArray[np.float64]:
        """In [0, 1], in steps of one known record."""
        known = np.sort(self.log_ratio(case.known))
        if not len(known):
            raise CannotAttack("rmia needs records known not to be members: play a game that grants some.")
        beaten = np.searchsorted(known, self.log_ratio(case.candidates) - np.log(self.gamma), side="right")
        return np.asarray(beaten / len(known))

    def log_ratio(self, asked: Asked) -> NDArray[np.float64]:
        """log p_y at the target - log p_y in general, (N,)."""
        never = asked.shadows.moments(confidence, "out")
        if not never.count.all():
            raise CannotAttack("rmia needs shadows without each record: train four or more.")
        risen = self.a_ * never.mean + 1 - self.a_
        if self.adaptive_:
            learned = asked.shadows.moments(confidence, "in")
            risen = np.where(learned.count > 0, learned.mean, risen)
        return log(asked.answers.signal(confidence)) - log((risen + never.mean) / 2)


def log(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities, SMALLEST))
