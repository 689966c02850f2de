"""A threshold on the entropy that counts surety in the wrong class as the contrary of surety."""

from attacker import signals
from attacker.attack import Needs
from attacker.thresholded import SignalThreshold, Thresholds


class ModifiedEntropy(SignalThreshold):
    """A record is a member if its modified entropy is below the threshold of its class."""

    paper = "Song, Mittal: Systematic Evaluation of Privacy Risks of Machine Learning Models. USENIX 2021"
    needs = Needs()
    ascending = False
    signal = staticmethod(signals.modified_entropy)

    def __init__(self, *, thresholds: Thresholds = "per_class") -> None:
        super().__init__(thresholds=thresholds)
