"""The labels of noisy copies: members keep theirs longer than their difficulty explains."""

import numpy as np

from attacker.answers import Answers
from attacker.errors import CannotAttack, ConfigurationError
from attacker.probe import Probe
from attacker.probes.feature_noise import FeatureNoise, right_by_rate
from attacker.robustness import Counts, Robustness

EACH = 10  # copies more from one choice of `queries` to the next


class LabelOnly(Robustness):
    """Robustness of the label to noise in the features, within a budget of queries a record.

    The paper's attack on tabular data, with several rates of noise at once and, ours, with the difficulty of
    the record: the same copies are asked of shadow models that never saw it. One query is the record alone.
    """

    paper = "Choquette-Choo, Tramèr, Carlini, Papernot: Label-Only Membership Inference Attacks. ICML 2021"

    def __init__(self, *, queries: int = 11) -> None:
        self.queries = queries

    def check(self) -> None:
        if self.queries < 1 or self.queries % EACH != 1:
            raise ConfigurationError(
                f"label_only:queries is 1, 11, 21 or so on in tens, not {self.queries}: the record and its "
                "copies."
            )

    def probe(self) -> Probe | None:
        return FeatureNoise(self.queries - 1) if self.queries > 1 else None

    def around(self, answers: Answers) -> Counts:
        copies = self.queries - 1
        if not copies:
            return np.empty((len(answers), 0), np.int64)
        observed = self.observed(answers)
        if 8 * observed.shape[1] < copies:
            raise CannotAttack(
                f"Fewer than {self.queries} queries a record were asked; begin a run with this attack among "
                "--attacks, or choose fewer."
            )
        return right_by_rate(observed, copies)
