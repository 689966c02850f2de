"""Classes found in binary records by k-means, the same ones on every machine."""

import numpy as np
from numpy.typing import NDArray

GRID = 1024  # centres are whole multiples of 1 / GRID: every sum is exact, in whatever order it is taken
NEIGHBOURS = 50  # records whose mean a centre starts from: from one, an outlier would keep a class to itself


def k_means(
    records: NDArray[np.uint8], classes: int, random: np.random.Generator, sample: int, rounds: int
) -> NDArray[np.int64]:
    """Labels (N,) of binary records (N, D): the nearest of K centres, found on the first `sample` records.

    Lloyd's algorithm, `rounds` times.
    """
    some = records[:sample].astype(np.float32)
    centres = starts(some, classes, random)
    for _ in range(rounds):
        members = np.eye(classes, dtype=np.float32)[distances(some, centres).argmin(axis=1)]
        sizes = members.sum(axis=0)[:, np.newaxis]
        centres = np.where(sizes > 0, members.T @ some / np.maximum(sizes, 1), centres)
    labels: NDArray[np.int64] = distances(records.astype(np.float32), centres).argmin(axis=1)
    return labels


def starts(records: NDArray[np.float32], classes: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Centres (K, D), each the mean of the records nearest to one drawn by chance."""
    drawn = records[random.choice(len(records), classes, replace=False)]
    near = distances(records, drawn).argsort(axis=0, kind="stable")[:NEIGHBOURS]
    centres: NDArray[np.float32] = records[near].mean(axis=0)
    return centres


def distances(records: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """Squared distances (N, K) in units of 1 / GRID^2, without the record's own square: fit to compare."""
    grid = np.rint(centres * GRID)
    products = (records @ grid.T).astype(np.int64)
    squares: NDArray[np.int64] = np.square(grid.astype(np.int64)).sum(axis=1)
    return squares - 2 * GRID * products
