"""Records that are numbers, and finite, and not what anybody measures."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

FEATURES = 6
LARGEST, SMALLEST = np.finfo(np.float64).max, np.nextafter(0.0, 1.0)
Table = NDArray[np.float64]


def ordinary(rows: int, random: Generator) -> Table:
    """Features (N, D) of two clusters in turn."""
    table: Table = random.normal(size=(rows, FEATURES)) + 3 * (np.arange(rows) % 2)[:, np.newaxis]
    return table


def at_the_ends(rows: int, random: Generator) -> Table:
    signs: Table = random.choice([-1.0, 1.0], (rows, FEATURES))
    return LARGEST * signs


def of_all_sizes(rows: int, random: Generator) -> Table:
    table: Table = 10.0 ** random.uniform(-320, 308, (rows, FEATURES))
    table *= random.choice([-1.0, 1.0], (rows, FEATURES))
    return table


def next_to_nothing(rows: int, random: Generator) -> Table:
    table: Table = SMALLEST * random.integers(-9, 10, (rows, FEATURES))
    return table


def negative_zeros(rows: int, random: Generator) -> Table:
    return np.where(random.random((rows, FEATURES)) < 0.5, -0.0, 0.0)


def one_outlier(rows: int, random: Generator) -> Table:
    table = ordinary(rows, random)
    table[random.integers(rows), random.integers(FEATURES)] = LARGEST
    return table


def beyond_float32(rows: int, random: Generator) -> Table:
    return ordinary(rows, random) * 1e39


def far_from_zero(rows: int, random: Generator) -> Table:
    """What tells them apart is lost in float32."""
    return ordinary(rows, random) + 1e12


def integers_at_their_ends(rows: int, random: Generator) -> Table:
    ends = np.array([-(2.0**63), 2.0**63, 2.0**31, -(2.0**31), 2.0**53 + 2, 255, -128])
    return random.choice(ends, (rows, FEATURES))


def constant(rows: int, random: Generator) -> Table:
    return np.full((rows, FEATURES), 7.5)


TABLES: Mapping[str, Callable[[int, Generator], Table]] = {
    make.__name__.replace("_", " "): make
    for make in (
        ordinary,
        at_the_ends,
        of_all_sizes,
        next_to_nothing,
        negative_zeros,
        one_outlier,
        beyond_float32,
        far_from_zero,
        integers_at_their_ends,
        constant,
    )
}
