"""A model of the provider's own API."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import Limits, Model
from attacker.client.npy import HEADER_BYTES
from attacker.client.provider import Provider
from attacker.errors import UnexpectedAnswer
from attacker.target import Prediction, Target

MOST_RECORDS = 4096  # a request's share of the progress bar; larger ones gained nothing
MOST_ANSWERED = 2**25  # numbers in an answer: 256 MB in float64


@dataclass(frozen=True)
class NativeTarget(Target):
    """`names` are the run's classes as this model names them; one that it never saw is answered with 0."""

    provider: Provider
    model: Model
    names: tuple[str, ...]
    limits: Limits

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def width(self) -> int:
        return len(self.names)

    def batch(self, features: int) -> int:
        fitting = (self.limits.npy_bytes - HEADER_BYTES) // (8 * max(1, features))
        answered = MOST_ANSWERED // max(1, self.width)
        return max(1, min(MOST_RECORDS, self.limits.records, fitting, answered))

    def predict(self, records: NDArray[Any], idempotency_key: str) -> Prediction:
        """Raises ServiceError, and its children for what the provider refuses."""
        columns = self.columns()
        answer, moved = self.provider.predict(self.id, records, len(columns), idempotency_key)
        aligned = np.zeros((len(records), self.width), np.float32)
        aligned[:, columns] = answer
        return Prediction(aligned, moved)

    def columns(self) -> list[int]:
        """For each column of the model's answers, the run's class it belongs to."""
        place = {name: column for column, name in enumerate(self.names)}
        strange = [name for name in self.model.classes if name not in place]
        if strange:
            raise UnexpectedAnswer(
                f"Model {self.id} knows the class {strange[0]!r}, which is none of the run's; "
                "are these its records?"
            )
        return [place[name] for name in self.model.classes]
