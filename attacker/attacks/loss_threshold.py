"""The simplest attack on probabilities: one threshold on the loss."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker import signals
from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack
from attacker.threat_model import AdversaryView, Answers


class LossThreshold(Attack):
    """A record is a member if its loss, -log p_y, is below what best parts in from out on the shadows.

    Yeom et al. compare with the target's mean training loss, which the owner would have to publish; here the
    threshold is the one of highest balanced accuracy over the records of all shadows.
    """

    paper = "Yeom, Giacomelli, Fredrikson, Jha: Privacy Risk in Machine Learning. CSF 2018"
    needs = Needs()

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        shadows = [(self.score(shadow), shadow.member) for shadow in view.shadows]
        if not shadows:
            raise CannotAttack("loss_threshold learns its threshold from shadow models: train at least one.")
        scores, member = (np.concatenate(column) for column in zip(*shadows, strict=True))
        if member.all() or not member.any():
            raise CannotAttack("loss_threshold needs shadow answers to records of both kinds, in and out.")
        self.threshold_ = best_threshold(scores, member)
        return self

    def score(self, answers: Answers) -> NDArray[np.float64]:
        """log p_y, the loss with its sign turned."""
        return -signals.loss(answers.probabilities, answers.labels)


def best_threshold(scores: NDArray[np.float64], member: NDArray[np.bool_]) -> float:
    """The threshold at which (score > threshold) has its best balanced accuracy; both arguments are (N,).

    It is the highest score judged "out", or -inf when all are best judged "in": exact, and equal scores stay
    together. Of equally good thresholds it is the one with the fewest positives.
    """
    values, place = np.unique(scores, return_inverse=True)
    members = np.bincount(place[member], minlength=len(values))
    non_members = np.bincount(place[~member], minlength=len(values))
    gain = members * (~member).sum() - non_members * member.sum()  # of judging a value "in", in whole numbers
    best = int(np.cumsum([0, *gain[::-1]]).argmax())  # so many of the highest values
    return float(values[-best - 1]) if best < len(values) else -np.inf
