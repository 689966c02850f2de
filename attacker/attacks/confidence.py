"""A threshold on the confidence in the true class, a class at a time."""

from attacker import signals
from attacker.attack import Needs
from attacker.thresholded import SignalThreshold, Thresholds


class Confidence(SignalThreshold):
    """A record is a member if the probability of its class is above the threshold of that class."""

    paper = "Song, Mittal: Systematic Evaluation of Privacy Risks of Machine Learning Models. USENIX 2021"
    needs = Needs()
    ascending = True
    signal = staticmethod(signals.confidence)

    def __init__(self, *, thresholds: Thresholds = "per_class") -> None:
        super().__init__(thresholds=thresholds)
