"""The distance to the decision boundary: members lie further from it than their difficulty explains."""

import numpy as np

from attacker.answers import Answers
from attacker.errors import ConfigurationError
from attacker.probe import Probe
from attacker.probes.boundary import RATES, STEPS, Boundary
from attacker.robustness import Counts, Robustness


class LabelOnlyBoundary(Robustness):
    """How much of a record must be changed before its label is lost, within a budget of queries.

    Choquette-Choo et al. and Li and Zhang (CCS 2021) descend to the nearest point of the boundary with
    HopSkipJump, thousands of queries a record, and take the norm. Ours bisects a few random paths, which
    exist for records of any kind, and a distance is the share of the features that are changed. Of the paths'
    distances it keeps how many exceed each of some rates, for it is the short ones that members lack; those
    of a misclassified record are 0. How far is far for a record, shadow models that never saw it say.
    """

    paper = "Choquette-Choo, Tramèr, Carlini, Papernot: Label-Only Membership Inference Attacks. ICML 2021"

    def __init__(self, *, queries: int = 33) -> None:
        self.queries = queries

    def check(self) -> None:
        if self.queries <= STEPS or self.queries % STEPS != 1:
            raise ConfigurationError(
                f"label_only_boundary:queries is {STEPS + 1}, {2 * STEPS + 1} or so on, not {self.queries}: "
                f"the record and {STEPS} on each path."
            )

    def probe(self) -> Probe:
        return Boundary(self.queries // STEPS)

    def around(self, answers: Answers) -> Counts:
        """On how many paths the boundary lies beyond each of the probe's rates."""
        right = answers.probabilities.argmax(axis=1) == answers.labels
        near = self.observed(answers).astype(np.int64) * right[:, None]
        return np.stack([(near > rate).sum(axis=1) for rate in range(len(RATES))], axis=1)
