"""The simplest attack on probabilities: a threshold on the loss."""

from attacker import signals
from attacker.attack import Needs
from attacker.thresholded import SignalThreshold


class LossThreshold(SignalThreshold):
    """A record is a member if its loss, -log p_y, is below what best parts in from out on the shadows.

    Yeom et al. compare with the target's mean training loss, which the owner would have to publish.
    """

    paper = "Yeom, Giacomelli, Fredrikson, Jha: Privacy Risk in Machine Learning. CSF 2018"
    needs = Needs()
    ascending = False
    signal = staticmethod(signals.loss)
