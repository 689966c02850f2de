"""Noisy real data: records with some of their features changed (Shokri et al. 2017, VI-C)."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Feature

Mode = Literal["flip", "replace"]


def noisy(
    records: NDArray[Any],
    features: Sequence[Feature],
    rate: float,
    mode: Mode,
    random: np.random.Generator,
) -> NDArray[Any]:
    """Records (N, D) with round(rate * D) features of each changed, chosen record by record.

    The paper has two readings. `flip` is its text: a binary feature takes its other value. `replace` is the
    caption of its figure 8: a feature takes a random value, uniform over what its format allows, which may
    be the one it had.
    """
    changed = chosen(records.shape, round(rate * len(features)), random)
    if mode == "flip":
        return np.where(changed, records == 0, records).astype(records.dtype)
    changing = records.astype(roomy(records.dtype, features))
    for column, feature in enumerate(features):
        rows = changed[:, column]
        changing[rows, column] = drawn(feature, int(rows.sum()), random)
    return changing


def chosen(shape: tuple[int, ...], count: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """(N, D) bool with `count` of every row true."""
    mask = np.zeros(shape, dtype=np.bool_)
    mask[:, :count] = True
    return random.permuted(mask, axis=1, out=mask)


def drawn(feature: Feature, count: int, random: np.random.Generator) -> NDArray[Any]:
    """Values (count,) that the feature may hold, all equally likely."""
    if feature.values is not None:
        return random.choice(feature.values, count)
    if feature.kind == "real":
        return random.uniform(feature.minimum, feature.maximum, count)
    return random.integers(int(feature.minimum), int(feature.maximum), count, endpoint=True)


def roomy(dtype: np.dtype[Any], features: Sequence[Feature]) -> np.dtype[Any]:
    """The records' own dtype, or a wider one where the format allows values that no record has."""
    if dtype.kind == "f":
        return dtype
    if any(feature.kind == "real" for feature in features):
        return np.result_type(dtype, np.float32)
    low = int(min(feature.minimum for feature in features))
    high = int(max(feature.maximum for feature in features))
    return np.result_type(dtype, np.min_scalar_type(low), np.min_scalar_type(high))
