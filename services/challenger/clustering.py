"""Classes found in binary records by k-means, the same ones on every machine."""

import numpy as np
from numpy.typing import NDArray

GRID = (
    1024  # centres are whole multiples of 1 / GRID: every sum below is exact, in whatever order it is taken
)
NEIGHBOURS = (
    50  # records whose mean a centre starts from: started from one, an outlier keeps a class to itself
)


def k_means(
    records: NDArray[np.uint8], classes: int, random: np.random.Generator, sample: int, rounds: int
) -> NDArray[np.int64]:
    """Labels (N,) of binary records (N, D): Lloyd's algorithm on the first `sample` records, then the nearest centre."""
    some = records[:sample].astype(np.float32)
    centres = some[random.choice(len(some), classes, replace=False)]
    near = np.argpartition(distances(some, centres), NEIGHBOURS, axis=0)[:NEIGHBOURS]
    centres = some[near].mean(axis=0)
    for _ in range(rounds):
        members = np.eye(classes, dtype=np.float32)[distances(some, centres).argmin(axis=1)]
        sizes = members.sum(axis=0)[:, np.newaxis]
        centres = np.where(sizes > 0, members.T @ some / np.maximum(sizes, 1), centres)
    return distances(records.astype(np.float32), centres).argmin(axis=1)


def distances(records: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """Squared distances (N, K) of binary records (N, D) to centres (K, D), in GRID^-2, less one number a record."""
    grid = np.rint(centres * GRID)
    products = (records @ grid.T).astype(np.int64)
    return np.square(grid.astype(np.int64)).sum(axis=1) - 2 * GRID * products
