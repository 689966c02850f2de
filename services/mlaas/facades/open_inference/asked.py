"""A request to infer: JSON, JSON before a tensor in binary, or such a tensor alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.facades.open_inference.metadata import OUTPUT, VERSION
from services.mlaas.facades.open_inference.question import Input, read_question
from services.mlaas.facades.open_inference.tensors import DATATYPES, from_bytes, from_json
from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked, Written, bearer_of, checked
from services.mlaas.predictions.native import JSON, MOST_OTHER_PARTS
from services.mlaas.settings import Settings
from services.web.bodies import check_shape
from services.web.body_limit import parts
from services.web.problem import BadData, InvalidRequest

OCTETS = "application/octet-stream"
HEAD = "inference-header-content-length"
LONGEST_HEAD = 2**16  # bytes of JSON before a tensor in binary
LENGTH = re.compile(r"\d{1,9}", re.ASCII)
RAW = "FP64"  # of a tensor alone, as the model's metadata say


@dataclass(eq=False)
class OpenInferenceAsked(Asked):
    """`head`: bytes of JSON before a tensor in binary; None where all is JSON.

    Its id, and whether the answer is wanted in binary, are known once the records are read.
    """

    head: int | None = None
    id: str | None = field(init=False, default=None)
    wants_binary: bool = field(init=False, default=True)

    @classmethod
    def of(cls, headers: Mapping[str, str], request_id: str) -> Self:
        """Raises InvalidRequest; names of headers in lower case."""
        said = headers.get(HEAD)
        if said is not None and not LENGTH.fullmatch(said):
            raise InvalidRequest("Inference-Header-Content-Length is a number of bytes.")
        head = None if said is None else int(said)
        key, once = bearer_of(headers.get("authorization", "")), checked(headers.get("idempotency-key"))
        return cls(key, once, request_id, head=head)

    @property
    def reading(self) -> bytes:
        return b"%b %d " % (super().reading, -1 if self.head is None else self.head)

    @property
    def least_read(self) -> int:
        return super().least_read if self.head is None else 1

    def most_bytes(self, settings: Settings) -> int:
        return settings.predict_json_bytes if self.head is None else settings.predict_npy_bytes

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        if self.head == 0:
            shape = (len(body) // (DATATYPES[RAW].sent.itemsize * features), features)
            check_shape(shape, rows=most, columns=features)
            return from_bytes(body, 0, RAW, shape)
        question = read_question(self.text(body, most))
        self.id, self.wants_binary = question.id, question.wants_binary
        [tensor] = question.inputs
        check_shape(tuple(tensor.shape), rows=most, columns=features)
        return self.table(body, tensor)

    def text(self, body: bytes, most: int) -> bytes:
        """The JSON; raises BadData for more of it than so many records need."""
        if self.head is None:
            if parts(body) > most + MOST_OTHER_PARTS:
                raise BadData(f"Send at most {most} records at once, and nothing beside their numbers.")
            return body
        if self.head > min(len(body), LONGEST_HEAD):
            raise BadData(
                f"Before a tensor in binary are at most {LONGEST_HEAD} bytes of JSON, and all of them are "
                "sent; what is JSON alone needs no Inference-Header-Content-Length."
            )
        return body[: self.head]

    def table(self, body: bytes, tensor: Input) -> NDArray[Any]:
        """The tensor's records (N, D); raises BadData."""
        size = tensor.parameters.binary_data_size
        end = len(body) if self.head is None else self.head
        if (size or 0) != len(body) - end or (size is not None and tensor.data is not None):
            raise BadData(
                "A tensor has either `data`, or `binary_data_size` and as many bytes after the JSON, whose "
                "own length is in Inference-Header-Content-Length."
            )
        if size is None:
            return from_json(tensor.data, tensor.datatype, tensor.shape)
        return from_bytes(body, end, tensor.datatype, tensor.shape)

    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        output: dict[str, Any] = {"name": OUTPUT, "datatype": "FP32", "shape": answer.shape}
        document = {"model_name": admission.model_id, "model_version": VERSION, "outputs": [output]}
        if self.id is not None:
            document["id"] = self.id
        if not self.wants_binary:
            output["data"] = answer.ravel()
            return Written(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), JSON)
        output["parameters"] = {"binary_data_size": answer.nbytes}
        head = orjson.dumps(document)
        return Written(head + answer.tobytes(), OCTETS, [(HEAD.encode(), b"%d" % len(head))])
