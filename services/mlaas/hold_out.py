"""Keeps a share of the records aside, of every class alike."""

import numpy as np
from numpy.typing import NDArray


def stratified(labels: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Picks (N,) of `labels` (N,) a `share` of every class, but never the whole of a class.

    What is left of a record by rounding decides by chance, or classes of few records would never be held out.
    """
    picked = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        records = rng.permutation(np.flatnonzero(labels == label))
        count = int(share * len(records) + rng.random())
        picked[records[: min(count, len(records) - 1)]] = True
    return picked
