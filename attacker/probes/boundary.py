"""The distance to the decision boundary, along random paths away from a record."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Format
from attacker.neighbours import keys, neighbours
from attacker.probe import Ask, Probe

STEPS = 4  # of the bisection of one path
RATES = np.geomspace(0.01, 0.2, 2**STEPS - 1)  # shares of the features changed, between which it decides


class Boundary(Probe):
    """Bisects each path for where the record's class is lost, all records and paths in lock step."""

    def __init__(self, paths: int) -> None:
        self.paths, self.queries, self.name = paths, STEPS * paths, f"boundary {paths}"

    def observe(
        self, ask: Ask, features: NDArray[Any], labels: NDArray[np.int64], form: Format
    ) -> NDArray[np.uint8]:
        """Of each path (N, paths), how many of `RATES` lie on the near side of the boundary."""
        records, classes = np.repeat(features, self.paths, axis=0), np.repeat(labels, self.paths)
        paths = keys(features, self.paths).ravel()
        near = np.zeros(len(records), np.int64)
        for step in reversed(range(STEPS)):
            middle = near + 2**step
            right = ask(neighbours(records, paths, RATES[middle - 1], form)) == classes
            near = np.where(right, middle, near)
        return near.reshape(len(features), self.paths).astype(np.uint8)
