"""What a prediction request says: its headers, and the records in its body."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.web.bodies import NPY, check_finite, check_shape, decode_npy, media_type
from services.web.body_limit import parts
from services.web.problem import BadData, InvalidRequest, NotAcceptable, UnsupportedMediaType

JSON = "application/json"
LONGEST_IDEMPOTENCY_KEY = 200
MOST_OTHER_PARTS = 100  # lists, objects and members in a request beside the records


@dataclass(frozen=True)
class Asked:
    """`key` is an empty text, which is nobody's, where none was sent; `sent` and `wanted` are media types."""

    key: str
    sent: str
    wanted: str
    idempotency_key: str | None
    request_id: str

    @classmethod
    def of(cls, headers: Mapping[str, str], request_id: str) -> Self:
        """Raises InvalidRequest, NotAcceptable and UnsupportedMediaType; names of headers in lower case."""
        sent = media_type(headers)
        if sent not in (JSON, NPY):
            raise UnsupportedMediaType(f"Send the records as {JSON} or {NPY}.")
        scheme, _, key = headers.get("authorization", "").partition(" ")
        return cls(
            key if scheme.lower() == "bearer" else "",
            sent,
            wanted(sent, headers.get("accept", "*/*").lower()),
            checked(headers.get("idempotency-key")),
            request_id,
        )

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        """Records (N, D), N at most `most`; raises BadData."""
        if self.sent == NPY:
            return decode_npy(body, rows=most, columns=features)
        return check_finite(read_json(body, features, most))


def read_json(body: bytes, features: int, most: int) -> NDArray[np.float64]:
    """Records (N, D); raises BadData."""
    if parts(body) > most + MOST_OTHER_PARTS:
        raise BadData(f"Send at most {most} records at once, and nothing beside their numbers.")
    try:
        instances = orjson.loads(body)["instances"]
        check_shape((len(instances), width_of(instances)), rows=most, columns=features)
        pack = struct.Struct(f"{features}d").pack  # twice as fast as NumPy, which looks at a list first
        return np.frombuffer(b"".join([pack(*row) for row in instances])).reshape(-1, features)
    except (struct.error, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadData(
            'Send {"instances": [[...], ...]}, a list of numbers of equal length a record.'
        ) from error


def width_of(instances: list[list[float]]) -> int:
    """Raises ValueError for rows of several lengths, or none."""
    (width,) = {len(row) for row in instances}
    return width


def wanted(sent: str, accept: str) -> str:
    """The media type to answer in: what is accepted, and the request's own where both are."""
    for kind in (sent, JSON, NPY):
        if kind in accept or "*/*" in accept or "application/*" in accept:
            return kind
    raise NotAcceptable(f"Accept {JSON} or {NPY}.")


def checked(idempotency_key: str | None) -> str | None:
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequest(f"An Idempotency-Key has 1 to {LONGEST_IDEMPOTENCY_KEY} characters.")
    return idempotency_key
