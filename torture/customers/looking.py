"""A customer with a model, and an operator, who look into a provider's ledger: each look is timed."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from services.mlaas.accounts.service import open_account
from services.mlaas.database import open_database
from services.web.keys import owner_of
from torture.customers.asking import Question, new_id, questions_of, trained
from torture.customers.pace import Asker, Pace
from torture.parties import Party, provider
from torture.wire.line import Answer, Line

CONNECTIONS = 16
PAGE = 100
Milliseconds = NDArray[np.float64]


@dataclass(frozen=True)
class Lookers:
    """Their keys, the customer's account, and a question for its model."""

    api_key: str
    admin_key: str
    account: str
    question: Question

    @classmethod
    def of(cls, data: Path, random: Generator) -> "Lookers":
        """Of a provider with a new folder, which has stopped afterwards."""
        with provider(data) as server:
            with Customer(server.url) as owner:
                [question, *_] = questions_of(trained(owner, "tiny", random), random, (1,))
            server.stop()
        database = open_database(data)
        with database.write() as session:
            _, admin_key = open_account(session, is_admin=True)
        database.dispose()
        return cls(owner.key, admin_key, owner_of(owner.key) or "", question)


@dataclass(frozen=True)
class Looking:
    """At a server that runs."""

    server: Party
    who: Lookers

    def pace(self, seconds: float, keys: Generator | None = None) -> Pace:
        assert self.server.process is not None
        asker = Asker(self.server.url, self.server.process.pid, self.who.api_key, CONNECTIONS)
        return asker.ask(self.who.question, seconds, keys)

    def usage(self, many: int) -> Milliseconds:
        return self.looks("/v1/usage", self.who.api_key, many)

    def page(self, after: int, many: int, model: str | None = None) -> Milliseconds:
        """Of the ledger, after a row; of one model or of all."""
        token = base64.urlsafe_b64encode(str(after).encode()).decode()
        of_model = f"&model_id={model}" if model else ""
        path = f"/v1/queries?page_size={PAGE}&page_token={token}{of_model}"
        return self.looks(path, self.who.admin_key, many)

    def looks(self, path: str, key: str, many: int) -> Milliseconds:
        """Raises RuntimeError where one is refused."""
        found = np.empty(many)
        with Line(self.server.url) as line:
            for number in range(many):
                answer = line.ask("GET", path, Authorization=f"Bearer {key}")
                if answer.status != 200:
                    raise RuntimeError(f"{path} was answered {answer.status}: {answer.body[:300]!r}")
                found[number] = 1_000 * answer.seconds
        return found

    def retries(self, many: int, random: Generator) -> tuple[Milliseconds, list[str]]:
        """Of questions that were just answered under a key; and what was not as it should be."""
        found, wrong = np.empty(many), []
        with Line(self.server.url) as line:
            for number in range(many):
                key = new_id(random)
                first, second = self.under_key(line, key), self.under_key(line, key)
                found[number] = 1_000 * second.seconds
                if (second.status, second.headers["records-charged"], second.body) != (200, "0", first.body):
                    wrong.append("a retry was charged, or answered otherwise")
        return found, wrong

    def conflicts(self, keys: Sequence[str]) -> tuple[Milliseconds, list[str]]:
        """Of questions under keys that others had, long ago; and where they were answered."""
        with Line(self.server.url) as line:
            answers = [self.under_key(line, key) for key in keys]
        wrong = [f"an old key was answered {one.status}" for one in answers if one.status != 422]
        return np.array([1_000 * one.seconds for one in answers]), wrong

    def under_key(self, line: Line, key: str) -> Answer:
        question, authorization = self.who.question, f"Bearer {self.who.api_key}"
        headers = {"Authorization": authorization, "Content_Type": question.kind, "Idempotency_Key": key}
        return line.ask("POST", f"/v1/models/{question.model}/predict", question.body, **headers)
