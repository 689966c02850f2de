"""A request for a prediction in Amazon's words: one record, and an answer by labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.facade import key_in
from services.mlaas.facades.amazon_ml.attributes import record_of
from services.mlaas.facades.amazon_ml.refusals import MEDIA_TYPE
from services.mlaas.facades.amazon_ml.schemas import BINARY
from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked, Written, checked
from services.mlaas.settings import Settings

THRESHOLD = 0.5  # of the score from which the answer is 1, as Amazon has it until it is told another
INVOCATION = "amz-sdk-invocation-id"  # a client's retries send the same: they are charged once


@dataclass(eq=False)
class AmazonAsked(Asked):
    """`names` are those of the model's attributes, in its own order; `kind` says how it answers."""

    names: Sequence[str] = ()
    kind: str = ""

    def most_bytes(self, settings: Settings) -> int:
        return settings.predict_json_bytes

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        return record_of(orjson.loads(body).get("Record"), self.names)

    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        scores = dict(zip(admission.classes, answer[0], strict=True))
        if self.kind == BINARY:
            label, scores = ("1" if scores["1"] >= THRESHOLD else "0"), {"1": scores["1"]}
        else:
            label = admission.classes[int(answer[0].argmax())]
        details = {"PredictiveModelType": self.kind}  # and no Algorithm, which Amazon named in every answer
        prediction = {"predictedLabel": label, "predictedScores": scores, "details": details}
        return Written(
            orjson.dumps({"Prediction": prediction}, option=orjson.OPT_SERIALIZE_NUMPY), MEDIA_TYPE
        )


def asked_of(headers: Mapping[str, str], request_id: str, names: Sequence[str], kind: str) -> AmazonAsked:
    """Raises InvalidRequest; names of headers in lower case."""
    return AmazonAsked(
        key_in(headers.get("authorization", "")),
        checked(headers.get("idempotency-key", headers.get(INVOCATION))),
        request_id,
        names=names,
        kind=kind,
    )
