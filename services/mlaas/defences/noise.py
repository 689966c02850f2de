"""Gaussian noise on the logarithms of the probabilities, always the same for an answer or fresh each time."""

import hashlib
from functools import cache
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from services.mlaas.counter_random import GOLDEN, Words, hashes, mixed, stream
from services.mlaas.defence import Defence, Probabilities, Question, normalised

PAIRS = 2**14  # pairs of values that the noise of two classes takes
SPARE_BITS = 2  # of the 16 that choose among them
CLASSES_A_WORD = 8  # of 64 bits
GOLDEN_STEP = 10127  # odd, about PAIRS divided by the golden ratio


class Noise(Defence):
    """softmax(log p + sigma z), z standard Gaussian. What is 0 stays 0; float32 is enough for what is left.

    `keyed`: z hangs on the undefended answer and the model's secret, so that asking again gives nothing new;
    a record that is changed, however little, has noise of its own. `fresh`: z hangs on the occasion, so that
    asking again under another gives other noise, which an attacker can average away.
    """

    def __init__(
        self, *, sigma: Annotated[float, Field(ge=0, le=10)] = 1.0, kind: Literal["keyed", "fresh"] = "keyed"
    ) -> None:
        self.sigma = sigma
        self.kind = kind

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        count, classes = probabilities.shape
        keyed = self.kind == "keyed"
        seeds = hashes(probabilities, question.secret) if keyed else numbered(question, count)
        chosen = stream(seeds, -(-classes // CLASSES_A_WORD)).view(np.uint16)
        chosen >>= SPARE_BITS
        # To look pairs up takes a tenth of the time of drawing Gaussian numbers and their exponentials.
        factors = exponentials(self.sigma).take(chosen, mode="clip").view(np.float32)
        odds = probabilities.astype(np.float32)
        odds *= factors[:, :classes]
        return normalised(odds)


def numbered(question: Question, count: int) -> Words:
    """A seed (N,) for each record of a request, by its number there."""
    start = hashlib.blake2b(question.occasion, key=question.secret, digest_size=8).digest()
    numbers = np.arange(question.first, question.first + count, dtype=np.uint64)
    return mixed(numbers * GOLDEN + np.frombuffer(start, np.uint64))


@cache
def exponentials(sigma: float) -> NDArray[np.complex64]:
    """exp(sigma z) for every pair of values of z, (PAIRS,): two float32, held as one complex number."""
    return np.exp(sigma * gaussian_pairs()).astype(np.float32).view(np.complex64)[:, 0]


def gaussian_pairs() -> NDArray[np.float64]:
    """Pairs (PAIRS, 2), each column the quantiles (i + 1/2) / PAIRS of the standard Gaussian.

    The second value steps through them by the golden ratio: a lattice rule (Korobov 1959), which covers the
    plane so evenly that the two are as good as independent.
    """
    standard, ranks = NormalDist(), np.arange(PAIRS)
    quantiles = np.array([standard.inv_cdf((rank + 0.5) / PAIRS) for rank in range(PAIRS)])
    return np.column_stack([quantiles, quantiles[ranks * GOLDEN_STEP % PAIRS]])
