"""A model of a provider like ours: asked by a customer with models of its own, or by whoever else may."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from attacker.client import npy
from attacker.client.documents import Limits, Model
from attacker.client.http import Reply
from attacker.client.npy import HEADER_BYTES
from attacker.client.provider import Provider
from attacker.dialect import Described, Dialect, Request, Server
from attacker.errors import CannotAttack, UnexpectedAnswer
from attacker.outputs import Outputs, checked
from attacker.target import Prediction, Target

MOST_RECORDS = 4096  # a request's share of the progress bar; larger ones gained nothing
MOST_ANSWERED = 2**25  # numbers in an answer: 256 MB in float64


@dataclass(frozen=True)
class NativeTarget(Target):
    """`names` are the run's classes as this model names them; one that it never saw is answered with 0."""

    provider: Provider
    model: Model
    names: tuple[str, ...]
    limits: Limits

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def width(self) -> int:
        return len(self.names)

    def batch(self, features: int) -> int:
        fitting = (self.limits.npy_bytes - HEADER_BYTES) // (8 * max(1, features))
        answered = MOST_ANSWERED // max(1, self.width)
        return max(1, min(MOST_RECORDS, self.limits.records, fitting, answered))

    def predict(self, records: NDArray[Any], idempotency_key: str) -> Prediction:
        """Raises ServiceError, and its children for what the provider refuses."""
        columns = self.columns()
        answer, moved = self.provider.predict(self.id, records, len(columns), idempotency_key)
        aligned = np.zeros((len(records), self.width), np.float32)
        aligned[:, columns] = answer
        return Prediction(aligned, moved)

    def columns(self) -> list[int]:
        """For each column of the model's answers, the run's class it belongs to."""
        place = {name: column for column, name in enumerate(self.names)}
        strange = [name for name in self.model.classes if name not in place]
        if strange:
            raise UnexpectedAnswer(
                f"Model {self.id} knows the class {strange[0]!r}, which is none of the run's; "
                "are these its records?"
            )
        return [place[name] for name in self.model.classes]


@dataclass
class Native(Dialect):
    """A provider's model whose training API is not at hand, or not to be used."""

    classes: tuple[str, ...] = field(init=False, default=())

    def meet(self, server: Server, model: str, sample: NDArray[Any]) -> Described:
        document = server.look(f"/v1/models/{quote(model, safe='')}")
        if document is None:
            raise CannotAttack(f"There is no model {model!r}; copy its id, and give a key that may ask it.")
        known = Model.read(document)
        if known.state != "ready":
            raise CannotAttack(f"Model {known.id} is {known.state}; attack it when it is ready.")
        self.classes = known.classes
        limits = Limits.read(server.look("/v1") or {})
        fitting = (limits.npy_bytes - HEADER_BYTES) // (8 * sample.shape[1])
        return Described(
            len(known.format) or None,
            known.classes,
            max(1, min(MOST_RECORDS, limits.records, fitting)),
            known.format,
        )

    def request(self, model: str, records: NDArray[Any]) -> Request:
        path, headers = (
            f"/v1/models/{quote(model, safe='')}/predict",
            {"Content-Type": npy.NPY, "Accept": npy.NPY},
        )
        most = HEADER_BYTES + 8 * len(records) * len(self.classes)
        return Request(path, npy.encode(npy.compact(records)), headers, most)

    def outputs(self, reply: Reply, records: int) -> Outputs:
        table = npy.decode(reply.body, reply.url, (records, len(self.classes)))
        return Outputs(checked(table, reply.url), self.classes)
