"""How many reference models a shadow in the target's place may be compared with, and which.

Shadow models share records with each other and, in the disjoint game, none with the target. With all the
others for references a shadow would look closer to them than the target does, and what is learned of it
would be too sure: it gets fewer, as many as make up for that.
"""

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def fair_number(member: Bools) -> int:
    """So many references make a shadow as far from them as the target is; `member` (P, S) of the pool.

    Shadows that share a part r of their records are taken to vary together by as much: a shadow differs from
    the mean of n others by a variance of (1 - r)(1 + 1/n), the target, which shares nothing, from the mean of
    many by 1 + r. These are the same at n = (1 - r) / 2r, and that is at least one.
    """
    shadows: int = member.shape[1]
    half = max(shadows // 2 - 1, 1)
    shared = member.T.astype(np.float64) @ member
    sizes = shared.diagonal()
    overlap = float(shared.sum() - sizes.sum()) / max(float(sizes.sum()) * (shadows - 1), 1.0)
    return max(1, min(int((1 - overlap) / (2 * overlap) + 0.5), half)) if overlap else half


def left_over(member: Bools) -> tuple[int, int]:
    """How many others never saw a record, and how many learned it, with one shadow in the target's place.

    `member` (P, S) of the pool. They are what most records have whichever shadow it is, and one at least.
    """
    middle = (len(member) - 1) // 2
    out, learned = (int(np.sort(use.sum(axis=1))[middle]) for use in (~member, member))
    return max(out - 1, 1), max(learned - 1, 1)


def some(use: Bools, count: int, rng: np.random.Generator) -> Bools:
    """At most `count` of each record's shadows to use, by chance, (N, S)."""
    order = np.where(use, rng.random(use.shape), 1.0).argsort(axis=1)
    drawn = np.zeros_like(use)
    np.put_along_axis(drawn, order[:, :count], True, axis=1)
    return np.asarray(drawn & use)
