"""Which defences give the most accuracy for what they leak, and leak least for their accuracy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def front(labels: Sequence[str], utility: ArrayLike, leakage: ArrayLike) -> list[str]:
    """Those that no other beats in one and equals in the other, both (M,); by rising utility."""
    useful, leaking = np.asarray(utility, np.float64), np.asarray(leakage, np.float64)
    as_good = (useful[:, None] >= useful) & (leaking[:, None] <= leaking)
    better = (useful[:, None] > useful) | (leaking[:, None] < leaking)
    left = np.flatnonzero(~(as_good & better).any(axis=0))
    return [labels[point] for point in left[np.argsort(useful[left], kind="stable")]]
