"""A threshold on the entropy of the answer: it does not ask for the true class."""

from attacker import signals
from attacker.attack import Needs
from attacker.thresholded import SignalThreshold, Thresholds


class Entropy(SignalThreshold):
    """A record is a member if its confidence vector's entropy is below the threshold of its class."""

    paper = "Song, Mittal: Systematic Evaluation of Privacy Risks of Machine Learning Models. USENIX 2021"
    needs = Needs()
    ascending = False
    signal = staticmethod(signals.entropy)

    def __init__(self, *, thresholds: Thresholds = "per_class") -> None:
        super().__init__(thresholds=thresholds)
