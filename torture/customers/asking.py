"""Clients that ask a provider for predictions, many at once, and remember what they were answered."""

import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from services.web.bodies import NPY, encode_npy

JSON = "application/json"
SIZES = (1, 1, 1, 2, 3, 7, 20, 100, 400, 1_000)
WAITING_S = 120.0
FEATURES = 6


@dataclass(frozen=True)
class Question:
    """Some records for a model, as they are sent."""

    model: str
    kind: str
    body: bytes
    records: int


@dataclass(frozen=True)
class Asked:
    """A question by an id of the client's own; asked again, it has a new id and the same key, if any."""

    question: Question
    id: str
    key: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came back whole: `charged` is None where it is no prediction."""

    asked: Asked
    status: int
    id: str
    charged: int | None
    body: bytes


NO_ANSWER = (OSError, HTTPException)  # what `Client.ask` raises when none came, or a part of one


class Client:
    """One connection, ended with the block. The standard library's: 64 of these leave the processor to the
    server."""

    def __init__(self, url: str, api_key: str) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=WAITING_S)
        self.api_key = api_key

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *raised: object) -> None:
        self.connection.close()

    def ask(self, asked: Asked) -> Answer:
        try:
            self.send(asked)
            return self.received(asked)
        except NO_ANSWER:
            self.connection.close()
            raise

    def send(self, asked: Asked, kept_back: int = 0) -> None:
        """All of it but so many bytes."""
        question = asked.question
        self.connection.putrequest("POST", f"/v1/models/{question.model}/predict")
        headers = {"Authorization": f"Bearer {self.api_key}", "X-Request-ID": asked.id}
        headers |= {"Content-Type": question.kind, "Content-Length": str(len(question.body))}
        headers |= {} if asked.key is None else {"Idempotency-Key": asked.key}
        for name, value in headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(question.body[: len(question.body) - kept_back])

    def received(self, asked: Asked) -> Answer:
        response = self.connection.getresponse()
        body, charged = response.read(), response.headers["Records-Charged"]
        own_id = response.headers["X-Request-ID"]
        return Answer(asked, response.status, own_id, None if charged is None else int(charged), body)


@dataclass
class Storm:
    """`clients` that ask drawn questions without a pause, until it is ended or no answer comes."""

    api_key: str
    questions: Sequence[Question]
    answers: list[Answer] = field(default_factory=list)
    broken: list[Asked] = field(default_factory=list)  # no whole answer came
    over: threading.Event = field(default_factory=threading.Event)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @contextmanager
    def of(self, url: str, clients: int, random: Generator) -> Iterator["Storm"]:
        """It blows in this block, and lies still after it."""
        threads = [threading.Thread(target=self.ask_on, args=(url, each)) for each in random.spawn(clients)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def ask_on(self, url: str, random: Generator) -> None:
        with Client(url, self.api_key) as client:
            while not self.over.is_set():
                asked = draw(self.questions, random)
                try:
                    self.answers.append(client.ask(asked))
                    self.came.release()
                except NO_ANSWER:
                    self.broken.append(asked)
                    return

    def until(self, answers: int) -> None:
        """Until so many more have come; raises TimeoutError."""
        for _ in range(answers):
            if not self.came.acquire(timeout=WAITING_S):
                raise TimeoutError(f"no answer came for {WAITING_S:.0f} s")


def draw(questions: Sequence[Question], random: Generator) -> Asked:
    """Every other with an Idempotency-Key."""
    question = questions[int(random.integers(len(questions)))]
    return Asked(question, new_id(random), new_id(random) if random.random() < 0.5 else None)


def again(asked: Asked, random: Generator) -> Asked:
    return Asked(asked.question, new_id(random), asked.key)


def new_id(random: Generator) -> str:
    return str(uuid.UUID(bytes=random.bytes(16), version=4))


def questions_of(model: str, random: Generator, sizes: Sequence[int] = SIZES) -> list[Question]:
    """One of every size in either format."""
    return [
        question
        for size in sizes
        for records in [random.normal(size=(size, FEATURES)).astype("f4")]
        for question in (
            Question(model, NPY, encode_npy(records), size),
            Question(model, JSON, json.dumps({"instances": records.tolist()}).encode(), size),
        )
    ]


def two_clusters(rows: int, random: Generator) -> NDArray[Any]:
    """Labelled records (N, 1 + D) that any model type can tell apart."""
    labels = np.arange(rows) % 2
    records = random.normal(size=(rows, FEATURES)) + 3 * labels[:, np.newaxis]
    return np.column_stack([labels, records]).astype("f4")


def trained(owner: Customer, profile: str, random: Generator) -> str:
    """The id of a model that is ready to be asked."""
    model = owner.train(owner.upload(two_clusters(40, random)), profile)
    owner.wait(model)
    return model
