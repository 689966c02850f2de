"""Any other API: a template of its requests, and a JSONPath (RFC 9535) to the predictions in its answers.

[request]
path = "/score"                       # below the URL; {model} stands for the model's name
body = '{"rows": {{records}}}'        # {{records}}: a list of lists; {{record}}: one, a request each
headers = {Content-Type = "application/json"}

[answer]
predictions = "$.results[*].scores"   # one for each record, in their order
records = 100                         # the most in a request
"""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from jsonpath import JSONPath
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from attacker import answer_path, outputs
from attacker.client.http import JSON, Reply
from attacker.dialect import Described, Dialect, Request, Server, most_answered, rows_of
from attacker.errors import ConfigurationError
from attacker.outputs import Outputs

MANY, ONE = "{{records}}", "{{record}}"
MOST_COLUMNS = 10_000  # classes that an answer may have


def with_records(body: str) -> str:
    if (MANY in body) == (ONE in body):
        raise ValueError(f"it has either {MANY} or {ONE}")
    return body


class Asking(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    body: Annotated[str, AfterValidator(with_records)]
    headers: dict[str, str] = {}


class Answering(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    predictions: Annotated[JSONPath, PlainValidator(answer_path.compiled)]
    records: int = Field(100, ge=1)


class Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    request: Asking
    answer: Answering


@dataclass
class Http(Dialect):
    """Of what its template says; see the head of this file."""

    takes_words: ClassVar[bool] = True

    template: Template | None = field(init=False, default=None)

    def read_template(self, text: str) -> None:
        try:
            read = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"The template is no TOML: {str(error)[:200]}.") from error
        try:
            self.template = Template.model_validate(read)
        except ValidationError as error:
            told = error.errors(include_url=False)[0]
            place = ".".join(map(str, told["loc"]))
            raise ConfigurationError(f"The template's {place}: {told['msg']}; see docs/audit.md.") from error

    def meet(self, server: Server, model: str, sample: NDArray[Any]) -> Described:
        return Described(records=self.said.answer.records if self.many else 1)

    @property
    def said(self) -> Template:
        if self.template is None:
            raise ConfigurationError("The dialect `http` needs a --template; see docs/audit.md.")
        return self.template

    @property
    def many(self) -> bool:
        """Whether a request carries many records."""
        return MANY in self.said.request.body

    def request(self, model: str, records: NDArray[Any]) -> Request:
        rows, asking = rows_of(records), self.said.request
        body = asking.body.replace(MANY, json.dumps(rows)).replace(ONE, json.dumps(rows[0]))
        path = asking.path.replace("{model}", quote(model, safe=""))
        headers = {"Content-Type": JSON, **asking.headers}
        return Request(path, body.encode(), headers, most_answered(len(records), MOST_COLUMNS))

    def outputs(self, reply: Reply, records: int) -> Outputs:
        path = self.said.answer.predictions
        values: object = path.findall(reply.content())
        if self.many and path.singular_query() and isinstance(values, list) and len(values) == 1:
            values = values[0]  # the list itself, of which each is a prediction
        return outputs.read(values, records, reply.url)
