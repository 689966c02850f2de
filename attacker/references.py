"""How many reference models a shadow in the target's place may be compared with, and which.

Shadow models share records with each other and, in the disjoint game, none with the target. With all the
others for references a shadow would look closer to them than the target does, and what is learned of it
would be too sure: it gets fewer, as many as make up for that.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.moments import blocks

Bools = NDArray[np.bool_]


def fair_number(member: Bools) -> int:
    """So many references make a shadow as far from them as the target is; `member` (P, S) of the pool.

    Shadows that share a part r of their records are taken to vary together by as much: a shadow differs from
    the mean of n others by a variance of (1 - r)(1 + 1/n), the target, which shares nothing, from the mean of
    many by 1 + r. These are the same at n = (1 - r) / 2r, and that is at least one.
    """
    shadows: int = member.shape[1]
    half = max(shadows // 2 - 1, 1)
    learned = member.sum(axis=1)  # of S shadows, each record's
    shared, sizes = float((learned * (learned - 1)).sum()), float(learned.sum())
    overlap = shared / max(sizes * (shadows - 1), 1.0)
    return max(1, min(int((1 - overlap) / (2 * overlap) + 0.5), half)) if overlap else half


def left_over(member: Bools) -> tuple[int, int]:
    """How many others never saw a record, and how many learned it, with one shadow in the target's place.

    `member` (P, S) of the pool. They are what most records have whichever shadow it is, and one at least.
    """
    middle = (len(member) - 1) // 2
    out, learned = (int(np.sort(use.sum(axis=1))[middle]) for use in (~member, member))
    return max(out - 1, 1), max(learned - 1, 1)


@dataclass(frozen=True, eq=False)
class Draw:
    """`count` of the shadows to use for each record, by chance: the same in any company of records.

    `positions` (N,) are the records' places among all that are drawn for, in whose order the generator with
    this `seed` has numbers for them.
    """

    count: int
    seed: tuple[int, ...]
    positions: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Self:
        return replace(self, positions=self.positions[rows])

    def among(self, use: Bools) -> Bools:
        """Which, (N, S), at most `count` a record."""
        drawn = np.zeros_like(use)
        np.put_along_axis(drawn, self.places(use), True, axis=1)
        return np.asarray(drawn & use)

    def places(self, use: Bools) -> NDArray[np.int64]:
        """Their numbers, (N, count); of a record with fewer to use, also some that are not."""
        found = np.empty((len(use), min(self.count, use.shape[1])), np.int64)
        for rows in blocks(*use.shape):
            numbers = self.numbers(self.positions[rows], use.shape[1])
            found[rows] = smallest(np.maximum(numbers, ~use[rows], out=numbers), found.shape[1])
        return found

    def numbers(self, positions: NDArray[np.int64], each: int) -> NDArray[np.float64]:
        """In [0, 1), `each` of them for each record: those that it would have if all were drawn for."""
        bits, drawn = np.random.PCG64(self.seed), np.empty((len(positions), each))
        at, runs = 0, np.flatnonzero(np.diff(positions, prepend=-2) != 1)  # a run has one start
        for start, end in zip(runs, [*runs[1:], len(positions)], strict=True):
            bits.advance((int(positions[start]) - at) * each)
            np.random.Generator(bits).random(out=drawn[start:end])
            at = int(positions[end - 1]) + 1
        return drawn


def some(use: Bools, count: int, rng: np.random.Generator) -> Bools:
    """At most `count` of each record's shadows to use, by chance, (N, S)."""
    drawn = np.zeros_like(use)
    places = smallest(np.where(use, rng.random(use.shape), 1.0), min(count, use.shape[1]))
    np.put_along_axis(drawn, places, True, axis=1)
    return np.asarray(drawn & use)


def smallest(keys: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The places of each row's `count` smallest keys, in no order."""
    if count == 1:
        return np.asarray(keys.argmin(axis=1)[:, None])
    order = keys.argpartition(count - 1, axis=1) if count else np.empty((len(keys), 0), np.int64)
    return np.asarray(order[:, :count])
