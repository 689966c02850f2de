"""What an output defence is: it changes answers after the scores are computed, before they leave."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.registry import Registry

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Question:
    """What was asked, for defences that hang on it.

    features: the `bounded` records (N, D). secret: the model's own, which no customer knows. occasion: what
    tells this request from all others, and is the same for a retry under its Idempotency-Key. first: the
    number of the first record within the request. guard: the classifier of a defence that learns one.
    """

    features: NDArray[Any]
    secret: bytes
    occasion: bytes
    first: int = 0
    guard: FittedModel | None = None


class Defence(ABC):
    """One way to hide the scores. Its parameters are the keyword arguments of `__init__`.

    "Same question, same answer" holds of the defended answer, too, but where `fresh` says otherwise: a row
    depends on its record, the model and the parameters alone.
    """

    fresh: ClassVar[bool] = False  # whether asking again gives another answer
    learns: ClassVar[bool] = False  # whether it needs a classifier that is fitted after the training

    @abstractmethod
    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        """The answers (N, K) that leave, float64, in place of `probabilities` (N, K)."""


DEFENCES = Registry("output defence", "services.mlaas.defences", Defence)  # type: ignore[type-abstract]
