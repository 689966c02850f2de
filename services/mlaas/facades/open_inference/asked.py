"""A request for predictions in the protocol's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.facades.open_inference.tensors import (
    Document,
    alone,
    document_of,
    parameters_of,
    records_of,
    tensor_of,
)
from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked, Written, bearer_of, checked
from services.mlaas.predictions.native import JSON
from services.mlaas.settings import Settings
from services.web.problem import BadData, InvalidRequest

HEAD_BYTES = "inference-header-content-length"
BINARY = "application/octet-stream"
OUTPUT = "predict_proba"
VERSION = "1"
LONGEST_ID = 200


@dataclass(eq=False)
class OpenInferenceAsked(Asked):
    """`head_bytes` of JSON come before the tensor, None: all is JSON. `id` and `binary` are read with it."""

    head_bytes: int | None = None
    id: str = ""
    binary: bool = False

    @classmethod
    def of(cls, headers: Mapping[str, str], request_id: str) -> Self:
        """Names of headers in lower case; raises InvalidRequest."""
        length = headers.get(HEAD_BYTES)
        if length is not None and not (length.isascii() and length.isdigit() and len(length) < 10):
            raise InvalidRequest("Inference-Header-Content-Length is the number of bytes of the JSON part.")
        return cls(
            bearer_of(headers.get("authorization", "")),
            checked(headers.get("idempotency-key")),
            request_id,
            head_bytes=None if length is None else int(length),
        )

    @property
    def least_read(self) -> int:
        return super().least_read if self.head_bytes is None else 1

    def most_bytes(self, settings: Settings) -> int:
        return settings.predict_json_bytes if self.head_bytes is None else settings.predict_npy_bytes

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        """Raises BadData."""
        if self.head_bytes == 0:
            self.binary = True
            return alone(body, features, most)
        length = len(body) if self.head_bytes is None else self.head_bytes
        if length > len(body):
            raise BadData("The body is shorter than Inference-Header-Content-Length says.")
        document = document_of(body[:length], most)
        self.take(document)
        return records_of(tensor_of(document), memoryview(body)[length:], features, most)

    def take(self, document: Document) -> None:
        """The request's id, and how it is to be answered; raises BadData."""
        self.id = document.get("id") or ""
        if not isinstance(self.id, str) or len(self.id) > LONGEST_ID:
            raise BadData(f"`id` is a text of {LONGEST_ID} characters at most.")
        self.binary = parameters_of(document).get("binary_data_output") is True
        outputs = document.get("outputs", [])
        if not isinstance(outputs, list) or len(outputs) > 1:
            raise BadData(f"There is one output, {OUTPUT}.")
        for output in outputs:
            if not isinstance(output, dict) or output.get("name") != OUTPUT:
                raise BadData(f"There is one output, {OUTPUT}.")
            parameters = parameters_of(output)
            if "classification" in parameters:
                raise BadData("Answers are probabilities of all classes; leave `classification` out.")
            self.binary = bool(parameters.get("binary_data", self.binary))

    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        told = {"model_name": admission.model_id, "model_version": VERSION} | (
            {"id": self.id} if self.id else {}
        )
        output: dict[str, Any] = {"name": OUTPUT, "shape": list(answer.shape), "datatype": "FP32"}
        if not self.binary:
            output["data"] = answer.ravel()
            body = orjson.dumps(told | {"outputs": [output]}, option=orjson.OPT_SERIALIZE_NUMPY)
            return Written(body, JSON)
        raw = np.ascontiguousarray(answer, "<f4").tobytes()
        output["parameters"] = {"binary_data_size": len(raw)}
        head = orjson.dumps(told | {"outputs": [output]})
        return Written(head + raw, BINARY, [(HEAD_BYTES.encode(), b"%d" % len(head))])
