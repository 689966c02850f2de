"""A request for predictions in our own words: records as JSON or NPY, and an answer in either."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked, Written, bearer_of, checked
from services.mlaas.settings import Settings
from services.web.bodies import NPY, check_finite, check_shape, decode_npy, encode_npy, media_type
from services.web.body_limit import parts
from services.web.problem import BadData, NotAcceptable, UnsupportedMediaType

JSON = "application/json"
MOST_OTHER_PARTS = 100  # lists, objects and members in a request beside the records


@dataclass(eq=False)
class NativeAsked(Asked):
    """`sent` and `wanted` are media types."""

    sent: str = JSON
    wanted: str = JSON

    @classmethod
    def of(cls, headers: Mapping[str, str], request_id: str) -> Self:
        """Raises InvalidRequest, NotAcceptable and UnsupportedMediaType; names of headers in lower case."""
        sent = media_type(headers)
        if sent not in (JSON, NPY):
            raise UnsupportedMediaType(f"Send the records as {JSON} or {NPY}.")
        return cls(
            bearer_of(headers.get("authorization", "")),
            checked(headers.get("idempotency-key")),
            request_id,
            sent=sent,
            wanted=wanted(sent, headers.get("accept", "*/*").lower()),
        )

    @property
    def reading(self) -> bytes:
        return b""  # the log has the digest of the body alone; nothing is both JSON and NPY

    @property
    def least_read(self) -> int:
        return 1 if self.sent == NPY else super().least_read

    @property
    def most_written(self) -> int:
        return 4 if self.wanted == NPY else super().most_written

    def most_bytes(self, settings: Settings) -> int:
        return settings.predict_npy_bytes if self.sent == NPY else settings.predict_json_bytes

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        if self.sent == NPY:
            return decode_npy(body, rows=most, columns=features)
        return check_finite(read_json(body, features, most))

    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        if self.wanted == NPY:
            return Written(encode_npy(answer), NPY)
        numbers = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
        return Written(b"%b%b}" % (admission.json_head, numbers), JSON)


def read_json(body: bytes, features: int, most: int) -> NDArray[np.float64]:
    """Records (N, D); raises BadData."""
    if parts(body) > most + MOST_OTHER_PARTS:
        raise BadData(f"Send at most {most} records at once, and nothing beside their numbers.")
    try:
        return table_of(orjson.loads(body)["instances"], features, most)
    except (struct.error, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadData(
            'Send {"instances": [[...], ...]}, a list of numbers of equal length a record.'
        ) from error


def table_of(instances: list[list[float]], features: int, most: int) -> NDArray[np.float64]:
    """(N, D); raises BadData for a wrong shape, and what lists end in that hold no numbers."""
    check_shape((len(instances), width_of(instances)), rows=most, columns=features)
    pack = struct.Struct(f"{features}d").pack  # twice as fast as NumPy, which looks at a list first
    return np.frombuffer(b"".join([pack(*row) for row in instances])).reshape(-1, features)


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
