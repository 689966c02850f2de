"""Noisy copies of a record: is each still given the record's class?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Format
from attacker.neighbours import keys, neighbours
from attacker.probe import Ask, Probe

RATES = (0.02, 0.03, 0.04, 0.05, 0.07)  # of features that change, in turn from copy to copy


class FeatureNoise(Probe):
    """Some copies are the first of more: who asked about 200 of a record has asked about 10, too."""

    name = "feature_noise"

    def __init__(self, copies: int) -> None:
        self.queries = copies

    def observe(
        self, ask: Ask, features: NDArray[Any], labels: NDArray[np.int64], form: Format
    ) -> NDArray[np.uint8]:
        """Which copies are given their record's class, a bit each: (N, copies / 8), rounded up."""
        asked = neighbours(
            np.repeat(features, self.queries, axis=0),
            keys(features, self.queries).ravel(),
            np.tile(np.resize(RATES, self.queries), len(features)),
            form,
        )
        right = ask(asked) == np.repeat(labels, self.queries)
        return np.packbits(right.reshape(len(features), -1), axis=1)


def right_by_rate(observed: NDArray[np.uint8], copies: int) -> NDArray[np.int64]:
    """How many of a record's first copies are given its class, at each rate: (N, Q) -> (N, rates)."""
    right = np.unpackbits(observed, axis=1, count=copies)
    return np.asarray(right.reshape(len(right), -1, len(RATES)).sum(axis=1, dtype=np.int64))
