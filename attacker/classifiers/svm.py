"""A support vector machine with a Gaussian kernel."""

from sklearn.svm import SVC

from attacker.per_group import Floats, Kinds, Model, PerGroup, calibrated


class SupportVectorMachine(PerGroup):
    """scikit-learn's SVC with its defaults. Held-back records calibrate its margin: it has no probabilities.

    It learns at most `most` records of a group, as its time grows with their square. A linear machine would
    need no limit, but there is logistic regression for that.
    """

    def __init__(self, *, c: float = 1.0, most: int = 4000) -> None:
        self.c, self.most = c, most

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        return calibrated(SVC(C=self.c), records, kinds, seed)
