"""A shifted population: its classes are not as frequent as the target's."""

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE = 0.01  # that a class keeps at the greatest strength
FEWEST = 5  # records that a class keeps, if it has them: an attacker is to know every class


def kept(
    labels: NDArray[np.int64], classes: int, strength: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """The rows that stay, in their order, of records with these labels (P,) in 0..K-1.

    The share of its records that a class keeps falls geometrically from 1 to 1 - strength over the classes
    in a random order; which of its records these are is random too.
    """
    last = max(1 - strength, LEAST_SHARE)
    shares = last ** np.linspace(0, 1, classes)
    stay = []
    for label, share in zip(random.permutation(classes), shares, strict=True):
        rows = np.flatnonzero(labels == label)
        count = max(round(share * len(rows)), min(FEWEST, len(rows)))
        stay.append(random.choice(rows, count, replace=False))
    return np.sort(np.concatenate(stay))
