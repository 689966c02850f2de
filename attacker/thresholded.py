"""Attacks whose operating point is the threshold that best parts in from out on pseudo-targets."""

from abc import abstractmethod
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack
from attacker.errors import CannotAttack
from attacker.pseudo_targets import best_threshold, pseudo_scores
from attacker.signals import Labels, Vector
from attacker.threat_model import AdversaryView, Case

Thresholds = Literal["global", "per_class"]


class Thresholded(Attack):
    """Scores first, threshold after: every shadow stands in for the target once, judged with the others."""

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        self.learn(view, rng)
        self.threshold_ = best_threshold(*pseudo_scores(self, view))
        return self

    def learn(self, view: AdversaryView, rng: np.random.Generator) -> None:
        """What scores need to know beforehand."""


class SignalThreshold(Attack):
    """One number made of a record's answer, against a threshold for all or one for each class.

    (Yeom et al. 2018 and Song & Mittal 2021; their thresholds come from one shadow model, ours from all.)
    A class without shadow records of both kinds has the threshold of all. Scores are the distance to the
    threshold, so that classes can be ranked together.
    """

    ascending: ClassVar[bool]  # whether members have the larger signal
    threshold_ = 0.0

    def __init__(self, *, thresholds: Thresholds = "global") -> None:
        self.thresholds = thresholds

    @abstractmethod
    def signal(self, probabilities: Vector, labels: Labels) -> Vector:
        """One of attacker/signals.py."""

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        shadows, models = view.shadows, list(view.pseudo_targets)
        signals, member = self.directed(shadows.signal(self.signal))[:, models], shadows.member[:, models]
        if member.all() or not member.any():
            raise CannotAttack("A threshold needs shadow answers to records of both kinds, in and out.")
        self.thresholds_ = np.full(len(view.classes), best_threshold(signals, member))
        if self.thresholds == "per_class":
            for label in range(len(view.classes)):
                own = np.flatnonzero(shadows.labels == label)
                if member[own].any() and not member[own].all():
                    self.thresholds_[label] = best_threshold(signals[own], member[own])
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """The signal, larger for members, less the threshold of the record's class."""
        answers = case.candidates.answers
        thresholds: NDArray[np.float64] = np.maximum(self.thresholds_, LOWEST)[answers.labels]
        return self.directed(answers.signal(self.signal)) - thresholds

    def directed(self, signal: Vector) -> Vector:
        return signal if self.ascending else -signal


LOWEST = -1e300  # a threshold that everything is above, and that leaves finite scores
