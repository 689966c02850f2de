"""What the attacker is given, per rule; every kind is made from the population alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Records

NPY_INTEGERS = ("u1", "i1", "<i2", "<i4")  # those that the wire takes


def population(records: Records) -> NDArray[Any]:
    """The population itself: real records, disjoint by content from the candidates."""
    return table(records)


KINDS: dict[str, Callable[[Records], NDArray[Any]]] = {"population": population}


def table(records: Records) -> NDArray[Any]:
    """(N, 1+D), the label in column 0, in the smallest dtype of the wire that holds every value."""
    whole = np.column_stack([records.labels, records.features])
    if records.features.dtype.kind == "f":
        return whole.astype(records.features.dtype)
    low, high = int(whole.min()), int(whole.max())
    fitting = (d for d in map(np.dtype, NPY_INTEGERS) if np.iinfo(d).min <= low and high <= np.iinfo(d).max)
    return whole.astype(next(fitting))
