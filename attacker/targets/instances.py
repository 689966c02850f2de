"""`{"instances": [...]}` in, `{"predictions": [...]}` out: TF Serving, KServe v1, Vertex AI, MLflow.

The "row format" of TensorFlow Serving's REST API, which the others took over; MLflow's `/invocations` takes
the same under `inputs`, and tables with named columns under `dataframe_split`. Before its version 2 it
answered the list of predictions by itself, as others do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from numpy.typing import NDArray

from attacker import outputs
from attacker.client.http import Reply
from attacker.dialect import Dialect, Request, most_answered, rows_of
from attacker.errors import UnexpectedAnswer
from attacker.outputs import Outputs

MOST_COLUMNS = 10_000  # classes that an answer may have


@dataclass
class Instances(Dialect):
    """`path` is below the URL, with the model's name for {model}; `send` and `answer` are the two members.

    `member`: the one of each prediction that is meant, where they are objects. `rows`: what a record is sent
    as, a list, an object {`wrap`: list}, or a row under `columns`, names with commas.
    """

    takes_words: ClassVar[bool] = True

    path: str = "/v1/models/{model}:predict"
    send: str = "instances"
    answer: str = "predictions"
    member: str = ""
    rows: Literal["lists", "objects", "table"] = "lists"
    wrap: str = ""
    columns: str = ""

    def request(self, model: str, records: NDArray[Any]) -> Request:
        body = json.dumps({self.send: self.sent(rows_of(records))}).encode()
        path = self.path.replace("{model}", quote(model, safe=""))
        return Request(path, body, most_bytes=most_answered(len(records), MOST_COLUMNS))

    def sent(self, rows: list[list[Any]]) -> Any:
        if self.rows == "lists":
            return rows
        width = len(rows[0]) if rows else 0
        names = self.columns.split(",") if self.columns else [f"f{column}" for column in range(width)]
        if self.rows == "table":
            return {"columns": names, "data": rows}
        if self.wrap:
            return [{self.wrap: row} for row in rows]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def outputs(self, reply: Reply, records: int) -> Outputs:
        document = reply.content()
        if isinstance(document, list):
            return outputs.read(document, records, reply.url, self.member)
        if self.answer not in document:
            raise UnexpectedAnswer(
                f"{reply.url} answered no {self.answer!r}; set `answer` to the member's name."
            )
        predictions = document[self.answer]
        if isinstance(predictions, Mapping) and self.member in predictions:  # of several outputs, each a list
            return outputs.read(predictions[self.member], records, reply.url)
        return outputs.read(predictions, records, reply.url, self.member)
