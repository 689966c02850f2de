"""What an output defence is: it changes answers after the scores are computed, before they leave."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.registry import Registry

Probabilities = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Question:
    """What a defence may hang on besides the answer.

    secret: the model's own, which no customer knows. occasion: what tells this request from all others, and
    is the same for a retry under its Idempotency-Key. first: the number of the first record within the
    request. guard: the classifier of a defence that learns one.
    """

    secret: bytes
    occasion: bytes = b""
    first: int = 0
    guard: FittedModel | None = None


class Defence(ABC):
    """One way to hide the scores. Its parameters are the keyword arguments of `__init__`.

    "Same question, same answer" holds of the defended answer, too: a row depends on the undefended row, the
    secret and the guard alone. Noise that is fresh on purpose hangs on the occasion and the record's number
    instead.
    """

    learns: ClassVar[bool] = False  # whether it needs a classifier that is fitted after the training

    @abstractmethod
    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        """The answers (N, K) that leave, in place of `probabilities` (N, K), which are left as they are.

        Rows need not sum to 1, and may be zeros: another defence may come before. Float64 until all have had
        their turn, or float32 after one that leaves nothing in the other digits.
        """

    def learn(
        self, members: Probabilities, non_members: Probabilities, rng: np.random.Generator
    ) -> FittedModel:
        """The guard, from what a model answers (N, K) about records it was trained on, and about others."""
        raise NotImplementedError(f"{type(self).__name__} learns nothing")


DEFENCES = Registry("output defence", "services.mlaas.defences", Defence)  # type: ignore[type-abstract]
"""The output defences, one file each."""


def normalised(odds: Probabilities) -> Probabilities:
    """Rows (N, K) scaled in place to sum to 1; a row of zeros stays one."""
    sums = np.einsum("nk->n", odds)
    sums[sums == 0] = 1
    odds *= (1 / sums)[:, np.newaxis]
    return odds


def secret_of(seed: int) -> bytes:
    """A model's secret, 32 bytes, from the seed of its training: 62 random bits, shown to nobody.

    That is enough. The hash cannot be turned round, and to try 2**62 seeds needs answers without the defence
    to compare with, which are what it hides. Models served from one training share the secret: to have one
    served twice gives no other noise to average.
    """
    return hashlib.blake2b(b"output defences", key=seed.to_bytes(8, "big"), digest_size=32).digest()
