"""How often the times of answers tell whose they were, guessed by the nearest of the medians seen before."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

GUESSES = 500  # of each


def accuracy(times: Mapping[str, Sequence[float]], together: int, random: Generator) -> float:
    """The share of right guesses, each from the median of so many of one's times; 1 / len(times) is chance.

    times: seconds, by whom they are of; every other one is seen before, the rest is guessed from. Compared
    are logarithms: a time is longer by a share.
    """
    logs = {name: np.log(one) for name, one in times.items()}
    known = np.array([np.median(one[::2]) for one in logs.values()])
    right = [
        np.abs(known[:, np.newaxis] - medians(one[1::2], together, random)).argmin(axis=0) == number
        for number, one in enumerate(logs.values())
    ]
    return float(np.mean(right))


def medians(logs: NDArray[np.float64], together: int, random: Generator) -> NDArray[np.float64]:
    """Of so many, drawn again and again."""
    return np.asarray(np.median(random.choice(logs, (GUESSES, together)), axis=1))
