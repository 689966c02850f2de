"""A model that somebody has deployed: asked in its server's dialect, its answers read as what they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.choice import Choice
from attacker.client.documents import Document
from attacker.client.http import Http, Reply, checked_headers
from attacker.deployed import BEARER, Deployed
from attacker.dialect import DIALECTS, Described, Dialect, Request, with_words
from attacker.errors import CannotAttack, ConfigurationError, ServiceRefused
from attacker.outputs import Outputs
from attacker.reading import Reading
from attacker.target import Prediction, Target

MOST_RECORDS = 1_000  # in a request, where neither the server nor the user says how many it takes
NOTHING_THERE = (404, 405)
TOO_LARGE = 413


class DeployedServer:
    """The server at a deployed model's URL. `key` is for it alone.

    Raises ConfigurationError for a header that a key cannot be in.
    """

    def __init__(self, http: Http, deployed: Deployed, key: str | None) -> None:
        self.http, self.url = http, deployed.url
        header = deployed.key_header
        said = f"Bearer {key}" if header.lower() == BEARER.lower() else str(key)
        self.credentials = checked_headers({header: said} if key else {})

    def look(self, path: str) -> Document | None:
        """A JSON object; None where there is nothing at that path. Raises ServiceError."""
        try:
            return self.http.ask("GET", self.url + path, headers=self.credentials).json()
        except ServiceRefused as error:
            if error.status in NOTHING_THERE:
                return None
            raise

    def ask(self, request: Request, idempotency_key: str = "") -> Reply:
        """Raises ServiceError and ConfigurationError."""
        if not request.path.startswith("/"):  # else it could lead to another host, and the key with it
            raise ConfigurationError(f"The path {request.path!r} begins with no slash; it is below the URL.")
        once = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.http.ask(
            "POST",
            self.url + request.path,
            request.body,
            headers={**checked_headers(request.headers), **self.credentials, **once},
            most_bytes=request.most_bytes,
        )


@dataclass
class Meeting:
    """A deployed model that has been met: what its server says of it, and how it is asked."""

    server: DeployedServer
    dialect: Dialect
    deployed: Deployed
    described: Described

    @classmethod
    def begin(cls, http: Http, deployed: Deployed, key: str | None, sample: NDArray[Any]) -> "Meeting":
        """`sample` (1, D) is a record. Raises ServiceError, CannotAttack and ConfigurationError."""
        if len(deployed.words or sample[0]) != sample.shape[1]:
            raise ConfigurationError("There are words for another number of features than records have.")
        server, dialect = DeployedServer(http, deployed, key), Choice.read(deployed.dialect, DIALECTS).make()
        if deployed.template is not None:
            dialect.read_template(deployed.template)
        if deployed.words is not None and not dialect.takes_words:
            raise CannotAttack(
                f"In the dialect {deployed.dialect!r} records are numbers alone, and some features here are "
                "words; bring them encoded as the model takes them, or choose `instances` or `http`."
            )
        return cls(server, dialect, deployed, dialect.meet(server, deployed.model, sample))

    @property
    def most(self) -> int:
        """Records in a request."""
        asked, said = self.deployed.records, self.described.records
        return min(asked, said) if asked and said else asked or said or MOST_RECORDS

    def answered(self, records: NDArray[Any], idempotency_key: str) -> Iterator[tuple[Outputs, int]]:
        """About records (N, D), and the bytes moved: at once, or in halves where that is too large.

        Raises ServiceError.
        """
        try:
            asked = records if self.deployed.words is None else with_words(records, self.deployed.words)
            reply = self.server.ask(self.dialect.request(self.deployed.model, asked), idempotency_key)
        except ServiceRefused as refusal:
            if self.dialect.relents(refusal.status):
                yield from self.answered(records, f"{idempotency_key}-otherwise")
                return
            if refusal.status != TOO_LARGE or len(records) == 1:
                raise
            for number, half in enumerate(np.array_split(records, 2)):
                yield from self.answered(half, f"{idempotency_key}-{number}")
        else:
            yield self.dialect.outputs(reply, len(records)), reply.moved


@dataclass
class DeployedTarget(Target):
    """What was met, read in one way."""

    met: Meeting
    reading: Reading

    @property
    def id(self) -> str:
        return self.met.deployed.model

    @property
    def width(self) -> int:
        return len(self.reading.classes)

    def batch(self, features: int) -> int:
        return self.met.most

    def predict(self, records: NDArray[Any], idempotency_key: str) -> Prediction:
        """Raises ServiceError, and its children for what the server refuses."""
        parts = list(self.met.answered(records, idempotency_key))
        read = [self.reading.probabilities(outputs, self.met.server.url) for outputs, _ in parts]
        return Prediction(np.concatenate(read), sum(moved for _, moved in parts), len(parts))
