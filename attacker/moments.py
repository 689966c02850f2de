"""A record's signal among shadow models: how many tell of it, their mean, how far they lie about it. Pure.

Signals are (N, S) float64, a record a row, and `use` (N, S) says which shadows count for which record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SMALLEST_VARIANCE = 1e-6  # shadows that answer alike to the last digit must not make a ratio infinite
CELLS = 2**16  # of a table worked on at once: half a megabyte of float64 stays in a core's cache


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """All rows of a table, as many at once as the cache holds."""
    size = max(1, CELLS // max(columns, 1))
    return (slice(start, start + size) for start in range(0, rows, size))


@dataclass(frozen=True, eq=False)
class Moments:
    """Of each record, (N,): how many shadows count, their mean signal (0 of none), and squares about it."""

    count: Floats
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, signal: Floats, use: Bools) -> Self:
        found = np.empty((3, len(signal)))
        for rows in blocks(*signal.shape):
            found[:, rows] = of_block(signal[rows], use[rows])
        return cls(*found)

    @classmethod
    def of_nobody(cls, records: int) -> Self:
        return cls(*np.zeros((3, records)))

    def without(self, signal: Floats, use: Bools) -> Self:
        """The same with one shadow fewer, whose signal (N,) counted for the records to `use` (N,)."""
        count = self.count - use
        mean = self.mean + np.where(use, self.mean - signal, 0.0) / np.maximum(count, 1)
        squares = self.squares - np.where(use, (signal - self.mean) * (signal - mean), 0.0)
        return type(self)(
            count, np.where(count > 0, mean, 0.0), np.where(count > 1, np.maximum(squares, 0.0), 0.0)
        )

    def take(self, rows: NDArray[Any]) -> Self:
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def variance(self) -> Floats:
        """Unbiased, (N,); of fewer than two shadows not a number."""
        freedom = np.where(self.count > 1, self.count - 1, np.nan)
        return np.maximum(self.squares / freedom, SMALLEST_VARIANCE)

    def pooled_variance(self) -> float:
        """Within records, over all of them; not a number where no record has two shadows."""
        freedom = np.maximum(self.count - 1, 0).sum()
        return max(float(self.squares.sum() / freedom), SMALLEST_VARIANCE) if freedom else float("nan")


def of_block(signal: Floats, use: Bools) -> tuple[Floats, Floats, Floats]:
    """Count, mean and squares; each row's are the same to the bit in any company of rows."""
    count = use.sum(axis=1).astype(np.float64)
    mean = np.where(use, signal, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(use, signal - mean[:, None], 0.0) ** 2).sum(axis=1)
    return count, mean, squares
