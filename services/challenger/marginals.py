"""How one feature is distributed, over all classes (Shokri et al. 2017, VI-C, statistics-based synthesis)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Feature

MOST_VALUES = 256  # an integer feature with more is told by quantiles
LEVELS = np.linspace(0, 1, 101)


def distribution(feature: Feature, column: NDArray[Any]) -> dict[str, list[float]]:
    """Of a column (N,): `values` and their `probabilities`, or the `quantiles` at 0, 1, ..., 100 %.

    The probabilities are relative frequencies; values that no record has are listed with 0. Raises
    ValueError for a record that has a value beside those listed.
    """
    values = possible(feature)
    if values is None:
        return {"quantiles": np.quantile(column.astype(np.float64), LEVELS).tolist()}
    found, counts = np.unique(column, return_counts=True)
    count = dict(zip(found.tolist(), counts.tolist(), strict=True))
    if not count.keys() <= set(values):
        raise ValueError(f"{feature.name} has values that its description does not allow; correct it")
    return {"values": values, "probabilities": [count.get(value, 0) / len(column) for value in values]}


def possible(feature: Feature) -> list[float] | None:
    """Every value that a discrete feature may hold; None when it is real, or there are too many."""
    if feature.values is not None:
        return list(feature.values)
    low, high = int(feature.minimum), int(feature.maximum)
    if feature.kind == "real" or high - low >= MOST_VALUES:
        return None
    return list(range(low, high + 1))
