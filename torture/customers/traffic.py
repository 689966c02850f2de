"""Customers who do what customers do, all at once: they ask, upload, train, delete, look, and err."""

import threading
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from torture.customers.asking import (
    NO_ANSWER,
    Answer,
    Asked,
    Client,
    Question,
    again,
    draw,
    questions_of,
    two_clusters,
)
from torture.wire.line import Line

PROFILES = ("tiny", "tiny_top_1", "overfitted")
KINDS = ("question", "question again", "look", "mistake")
SHARES = (0.92, 0.03, 0.03, 0.02)
LOOKS = ("/v1/usage", "/v1/models", "/v1/profiles", "/v1")
ROWS = 60  # of an upload
BETWEEN_TRAININGS_S = 1.0  # each leaves an admission that is remembered, of ten thousand at the most


@dataclass
class Seen:
    """What customers were answered: `charged` by model and unit; `at_s`, `seconds` of predictions."""

    charged: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    at_s: "array[float]" = field(default_factory=lambda: array("d"))
    seconds: "array[float]" = field(default_factory=lambda: array("f"))

    def add(self, other: "Seen") -> None:
        self.charged.update(other.charged)
        self.done.update(other.done)
        self.wrong += other.wrong
        self.at_s.extend(other.at_s)
        self.seconds.extend(other.seconds)

    def expect(self, what: str, found: object, meant: object) -> None:
        if found != meant:
            self.wrong.append(f"{what} was answered {found} in place of {meant}")


@dataclass
class Asking:
    """One connection of an account, without a pause."""

    url: str
    api_key: str
    models: Sequence[str]
    random: Generator
    over: threading.Event
    seen: Seen = field(default_factory=Seen)

    def __call__(self) -> None:
        questions = [question for model in self.models for question in questions_of(model, self.random)]
        with Client(self.url, self.api_key) as client, Line(self.url) as line:
            while not self.over.is_set():
                kind = str(self.random.choice(KINDS, p=SHARES))
                try:
                    self.one(kind, client, line, questions)
                except NO_ANSWER as error:
                    self.seen.wrong.append(f"a {kind} was not answered ({type(error).__name__})")

    def one(self, kind: str, client: Client, line: Line, questions: Sequence[Question]) -> None:
        match kind:
            case "question":
                self.ask(client, draw(questions, self.random))
            case "question again":
                self.ask_again(client, draw(questions, self.random))
            case "look":
                self.look(line)
            case _:
                self.mistake(line, draw(questions, self.random).question)

    def ask(self, client: Client, asked: Asked) -> Answer:
        began = time.monotonic()
        answer = client.ask(asked)
        self.seen.at_s.append(began)
        self.seen.seconds.append(time.monotonic() - began)
        self.seen.done["predictions"] += 1
        found = (
            (answer.status, answer.charged) if answer.status == 200 else (answer.status, answer.body[:300])
        )
        self.seen.expect("a prediction", found, (200, asked.question.records))
        charge(self.seen, answer)
        return answer

    def ask_again(self, client: Client, asked: Asked) -> None:
        asked = Asked(asked.question, asked.id, asked.key or asked.id)
        first, second = self.ask(client, asked), client.ask(again(asked, self.random))
        self.seen.done["retries"] += 1
        self.seen.expect("a retry", (second.status, second.charged), (200, 0))
        if second.body != first.body:
            self.seen.wrong.append("a retry was answered otherwise")

    def look(self, line: Line) -> None:
        path = str(self.random.choice(LOOKS))
        answer = line.ask("GET", path, Authorization=f"Bearer {self.api_key}")
        self.seen.expect(f"GET {path}", answer.status, 200)
        self.seen.done["looks"] += 1

    def mistake(self, line: Line, question: Question) -> None:
        """Of one of four kinds."""
        key, model, kind, body = self.api_key, question.model, question.kind, question.body
        number = int(self.random.choice(4))
        key, model = "nobody's" if number == 0 else key, "m-none" if number == 1 else model
        kind, body = "text/plain" if number == 2 else kind, b"[" if number == 3 else body
        path, headers = (
            f"/v1/models/{model}/predict",
            {"Authorization": f"Bearer {key}", "Content_Type": kind},
        )
        self.seen.expect(
            "a mistake", line.ask("POST", path, body, **headers).status, (401, 404, 415, 422)[number]
        )
        self.seen.done["refusals"] += 1


@dataclass
class Training:
    """An account that uploads, has a model trained, asks it, and deletes both."""

    url: str
    random: Generator
    over: threading.Event
    seen: Seen = field(default_factory=Seen)

    def __call__(self) -> None:
        with Customer(self.url) as customer, Client(self.url, customer.key) as client:
            while not self.over.is_set():
                profile = str(self.random.choice(PROFILES))
                dataset = customer.upload(two_clusters(ROWS, self.random))
                model = customer.train(dataset, profile)
                customer.wait(model)
                for question in questions_of(model, self.random, (1, 20)):
                    charge(self.seen, client.ask(draw([question], self.random)))
                for path in (f"/v1/models/{model}", f"/v1/datasets/{dataset}"):
                    self.seen.expect("a deletion", customer.delete(path).status_code, 204)
                self.seen.done["trainings"] += 1
                self.over.wait(BETWEEN_TRAININGS_S)


def charge(seen: Seen, answer: Answer) -> None:
    if answer.status != 200:
        return
    model = answer.asked.question.model
    seen.charged.update({(model, "requests"): 1, (model, "records"): answer.charged or 0})


@contextmanager
def traffic(url: str, connections: int, trainers: int, random: Generator) -> Iterator[Seen]:
    """In this block, and what was seen of it when it has ended.

    The connections belong to two accounts with a model of every profile each.
    """
    over, seen = threading.Event(), Seen()
    with ExitStack() as stack:
        owners = [stack.enter_context(Customer(url)) for _ in range(2)]
        models = [[ready(owner, profile, random) for profile in PROFILES] for owner in owners]
        parties: list[Asking | Training] = [Training(url, each, over) for each in random.spawn(trainers)]
        for number, each in enumerate(random.spawn(connections)):
            parties.append(Asking(url, owners[number % 2].key, models[number % 2], each, over))
        with ThreadPoolExecutor(len(parties)) as threads:
            under_way = [threads.submit(party) for party in parties]
            try:
                yield seen
            finally:
                over.set()
        for one, party in zip(under_way, parties, strict=True):
            one.result()
            seen.add(party.seen)


def ready(owner: Customer, profile: str, random: Generator) -> str:
    model = owner.train(owner.upload(two_clusters(ROWS, random)), profile)
    owner.wait(model)
    return model
