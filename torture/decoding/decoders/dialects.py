"""What other people's prediction servers answer, and the template that says how they are asked."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from attacker import reading
from attacker.client.http import Reply
from attacker.dialect import DIALECTS, Dialect
from attacker.errors import CannotAttack, ConfigurationError, ServiceError
from attacker.targets.http import Http
from attacker.targets.instances import Instances
from attacker.targets.open_inference import LENGTH, OpenInference
from torture.decoding.changes import documents, tensors
from torture.decoding.decoder import SEEDS, Decoder

RECORDS, CLASSES = 2, ("a", "b", "c")
REFUSALS = (ServiceError, CannotAttack)
ANSWERED = b'{"results": [{"scores": [0.9, 0.1, 0]}, {"scores": [0.2, 0.3, 0.5]}]}'


def answer(name: str, make: Callable[[], Dialect]) -> Decoder:
    def decoded(body: bytes, folder: Path) -> None:
        means(make(), Reply("http://here", 200, {}, body, 0))

    return Decoder(name, decoded, REFUSALS, documents.changed_json)


def means(dialect: Dialect, reply: Reply) -> None:
    outputs = dialect.outputs(reply, RECORDS)
    reading.found(outputs, CLASSES).probabilities(outputs, reply.url)


def metadata(body: bytes, folder: Path) -> None:
    OpenInference().take(Reply("http://here", 200, {}, body, 0).json())


def in_binary(content: bytes, folder: Path) -> None:
    headers = {LENGTH: str(tensors.head(content))}
    means(OpenInference(), Reply("http://here", 200, headers, content, 0))


def templated() -> Http:
    dialect = Http()
    dialect.read_template((SEEDS / "target_template" / "rows").read_text())
    return dialect


def template(content: bytes, folder: Path) -> None:
    dialect = DIALECTS.load("http")()
    dialect.read_template(content.decode(errors="replace"))
    dialect.request("m", np.zeros((RECORDS, 4)))
    with suppress(*REFUSALS):
        dialect.outputs(Reply("http://here", 200, {}, ANSWERED, 0), RECORDS)


DECODERS = (
    answer("answer_instances", Instances),
    answer("answer_open_inference", OpenInference),
    answer("answer_http", templated),
    Decoder("answer_metadata", metadata, REFUSALS, documents.changed_json),
    Decoder("answer_tensors", in_binary, REFUSALS, tensors.changed),
    Decoder("target_template", template, (ConfigurationError,), documents.changed_toml),
)
