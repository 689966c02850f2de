"""What a request for predictions is: who asks, and how its body is read and its answer is written."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.mlaas.predictions.admission import Admission
from services.mlaas.settings import Settings
from services.web.problem import InvalidRequest

LONGEST_IDEMPOTENCY_KEY = 200


class Written(NamedTuple):
    """An answer as it is sent; names of headers in lower case."""

    body: bytes
    media_type: str
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(eq=False)
class Asked(ABC):
    """A request in the words of one API. `key` is an empty text, which is nobody's, where none was sent."""

    key: str
    idempotency_key: str | None
    request_id: str

    @property
    def reading(self) -> bytes:
        """What tells one way to read a body from others: equal bytes may ask for other records in each."""
        return type(self).__qualname__.encode()

    @property
    def least_read(self) -> int:
        """Bytes of a number in a body: a digit, and what parts it from the next."""
        return 2

    @property
    def most_written(self) -> int:
        """Bytes of a number in an answer."""
        return 16

    @abstractmethod
    def most_bytes(self, settings: Settings) -> int:
        """Of a body."""

    @abstractmethod
    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        """Records (N, D), N at most `most`; raises BadData."""

    @abstractmethod
    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        """The answer (N, K) to the records that were read."""


def checked(idempotency_key: str | None) -> str | None:
    """Raises InvalidRequest."""
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequest(f"An Idempotency-Key has 1 to {LONGEST_IDEMPOTENCY_KEY} characters.")
    return idempotency_key


def bearer_of(authorization: str) -> str:
    """The key in an Authorization header; empty where there is none."""
    scheme, _, key = authorization.partition(" ")
    return key if scheme.lower() == "bearer" else ""
