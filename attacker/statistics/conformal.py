"""A list of members at a chosen false discovery rate, by what known non-members of the same target score."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def conformal_p_values(scores: ArrayLike, known: ArrayLike) -> NDArray[np.float64]:
    """(N,): how often a non-member scores as high as each of `scores` (N,), by M `known` ones' scores (M,).

    (1 + how many known ones score as much or more) / (1 + M) (Vovk et al. 2005): with a candidate that is
    no member and exchangeable with the known ones it is at or under p with probability p at the most. The
    known must be records that the target did not learn and no shadow that scores them did either. No p-value
    is under 1 / (1 + M). ValueError without known non-members, or for a score that is not a number.
    """
    score, ascending = np.asarray(scores, np.float64), np.sort(np.asarray(known, np.float64))
    if len(ascending) == 0:
        raise ValueError("Conformal p-values need scores of records known not to be members.")
    if np.isnan(score).any() or np.isnan(ascending).any():
        raise ValueError("A score is not a number; every record needs one.")
    as_high = len(ascending) - np.searchsorted(ascending, score, side="left")
    return np.asarray((1 + as_high) / (1 + len(ascending)), np.float64)


def benjamini_hochberg(p_values: ArrayLike, fdr: float) -> NDArray[np.bool_]:
    """(N,): whom to call members, so that `fdr` of those called are none, in expectation, at the most.

    Benjamini & Hochberg 1995; it keeps the rate for conformal p-values too, which hang on the same known
    records (Bates et al. 2023, theorem 2).
    """
    p = np.asarray(p_values, np.float64)
    ascending = np.sort(p)
    kept = ascending <= fdr * np.arange(1, len(p) + 1) / len(p)
    return p <= ascending[kept][-1] if kept.any() else np.zeros(len(p), np.bool_)
