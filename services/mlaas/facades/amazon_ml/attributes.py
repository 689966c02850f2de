"""Records by the names of their attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.web.bodies import check_finite
from services.web.problem import BadData

MOST_NAMED = 3


def names_of(declared: Sequence[Mapping[str, Any]] | None, features: int) -> list[str]:
    """What the dataset's owner declared; f0, f1 and so on where that is nothing, or not of one each."""
    names = [str(feature["name"]) for feature in declared or ()]
    return names if len(set(names)) == features else [f"f{index}" for index in range(features)]


def record_of(values: Any, names: Sequence[str]) -> NDArray[np.float64]:
    """A record (1, D), in the order of the names; raises BadData."""
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise BadData("Record is a map of attributes' names to values, each a text.")
    if missing := [name for name in names if name not in values]:
        told = ", ".join(missing[:MOST_NAMED])
        raise BadData(f"{len(missing)} attributes are missing from the Record; the first are {told}.")
    if len(values) > len(names):
        raise BadData(f"The Record has more than the model's {len(names)} attributes; leave out the others.")
    try:
        return check_finite(np.array([[float(values[name]) for name in names]]))
    except ValueError as error:
        raise BadData("The value of every attribute is a number, as a text.") from error
