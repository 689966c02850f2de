"""A request for a prediction in Google's words: one record, and scores that are texts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked, Written
from services.mlaas.settings import Settings
from services.web.bodies import check_finite, check_shape
from services.web.problem import BadData

JSON = "application/json"


@dataclass(eq=False)
class GoogleAsked(Asked):
    """`link` is the model's own."""

    link: str = ""

    @property
    def most_written(self) -> int:
        """A label, a score and their names."""
        return 1_100

    def most_bytes(self, settings: Settings) -> int:
        return settings.predict_json_bytes

    def records(self, body: bytes, features: int, most: int) -> NDArray[Any]:
        try:
            values = orjson.loads(body)["input"]["csvInstance"]
            if not isinstance(values, list) or any(isinstance(value, bool | None) for value in values):
                raise TypeError
            check_shape((1, len(values)), rows=1, columns=features)
            return check_finite(np.array([[float(value) for value in values]]))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise BadData('Send {"input": {"csvInstance": [...]}}, one record of numbers.') from error

    def written(self, answer: NDArray[np.float32], admission: Admission) -> Written:
        scores = [
            {"label": label, "score": str(score)}  # the fewest digits that are the same float32
            for label, score in zip(admission.classes, answer[0], strict=True)
        ]
        told = {
            "kind": "prediction#output",
            "id": admission.model_id,
            "selfLink": self.link,
            "outputLabel": admission.classes[int(answer[0].argmax())],
            "outputMulti": scores,
        }
        return Written(orjson.dumps(told), JSON)
