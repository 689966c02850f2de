"""A storm of 16 clients on several processes with one database, towards a quota, so many times.

Each is begun by an account of its own. Every other request has an Idempotency-Key and is sent to all
processes at once; in every third storm one of them is killed and begun again. The quota is granted to the
record; what is refused would have gone beyond it; a key is charged once and answered alike everywhere.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.mlaas.errors import QuotaExceeded
from services.web.bodies import NPY, encode_npy
from services.web.problem import Overloaded
from torture.books import Books, Logged
from torture.customers.asking import (
    FEATURES,
    NO_ANSWER,
    Answer,
    Asked,
    Client,
    Question,
    again,
    new_id,
    trained,
)
from torture.found import Found
from torture.parties import Party, party

FULL, BRIEF = 60, 1
PROCESSES, CLIENTS = 2, 16
A_KILL_IN = 3  # storms
LONGEST_BEFORE_KILL_S = 0.5
QUOTA, MOST_RECORDS = 5_000, 60
PROFILE = f"""
summary = "For tests."
price = {{ currency = "USD", training = 0.5, per_1000_records = 2.0 }}
candidates = [{{ model_type = "mlp", parameters = {{ hidden = [8], epochs = 20, batch = 10 }} }}]
defences = [{{ defence = "noise", parameters = {{ sigma = 2.0, kind = "fresh" }} }}]

[queries]
quota = {QUOTA}
"""


def run(much: int, random: Generator, folder: Path) -> Found:
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "metered.toml").write_text(PROFILE)
    check = Check(Books(folder / "provider"))
    with ExitStack() as stack:
        apis = [
            stack.enter_context(
                party("services.mlaas", check.books.data, "--workers", workers, "--profiles", str(profiles))
            )
            for workers in ["1"] + ["0"] * (PROCESSES - 1)
        ]
        with Customer(apis[0].url) as owner:
            model = trained(owner, "metered", random)
            owner.share(model)
        for number in range(much):
            one_storm(apis, model, number % A_KILL_IN == A_KILL_IN - 1, random, check)
    done = {"storms": much, "answers checked": check.answers, "keys checked": check.keys}
    return Found(done, check.wrong, {"kills": check.kills, "told to come back": check.overloaded})


def one_storm(apis: list[Party], model: str, kill: bool, random: Generator, check: "Check") -> None:
    with Customer(apis[0].url) as customer:
        drains = [
            Drain(customer.key, [api.url for api in apis], model, each) for each in random.spawn(CLIENTS)
        ]
        with ThreadPoolExecutor(CLIENTS) as threads:
            draining = [threads.submit(drain.to_the_last) for drain in drains]
            if kill:
                time.sleep(random.uniform(0, LONGEST_BEFORE_KILL_S))
                apis[-1].kill()
                apis[-1].start()
                check.kills += 1
            for one in draining:
                one.result()
        for drain in drains:
            drain.retry(apis[-1].url)
        check.storm(customer, drains)


@dataclass
class Drain:
    """A client that asks until not one record more is granted."""

    api_key: str
    urls: list[str]
    model: str
    random: Generator
    answers: list[Answer] = field(default_factory=list)
    broken: list[Asked] = field(default_factory=list)  # no whole answer came

    def to_the_last(self) -> None:
        most = MOST_RECORDS
        with ExitStack() as connections:
            clients = [connections.enter_context(Client(url, self.api_key)) for url in self.urls]
            while True:
                statuses = {answer.status for answer in self.ask(clients, most)}
                if QuotaExceeded.status in statuses:
                    if most == 1:
                        return
                    most = 1

    def ask(self, clients: list[Client], most: int) -> list[Answer]:
        """What came back: with a key from all processes at once, without one from any."""
        size, keyed = int(self.random.integers(1, most + 1)), self.random.random() < 0.5
        records = self.random.normal(size=(size, FEATURES)).astype("f4")
        question = Question(self.model, NPY, encode_npy(records), size)
        key = new_id(self.random) if keyed else None
        sent, before = [], len(self.answers)
        for client in clients if keyed else [clients[int(self.random.integers(len(clients)))]]:
            asked = Asked(question, new_id(self.random), key)
            with self.may_break(client, asked):
                client.send(asked)
                sent.append((client, asked))
        for client, asked in sent:
            with self.may_break(client, asked):
                self.answers.append(client.received(asked))
        return self.answers[before:]

    @contextmanager
    def may_break(self, client: Client, asked: Asked) -> Iterator[None]:
        try:
            yield
        except NO_ANSWER:
            client.connection.close()
            self.broken.append(asked)

    def retry(self, url: str) -> None:
        keyed = [asked for asked in self.broken if asked.key is not None]
        with Client(url, self.api_key) as client:
            self.answers += [client.ask(again(asked, self.random)) for asked in keyed]


@dataclass
class Check:
    books: Books
    answers: int = 0
    keys: int = 0
    kills: int = 0
    overloaded: int = 0
    read_to: int = 0
    wrong: list[str] = field(default_factory=list)

    def storm(self, customer: Customer, drains: list[Drain]) -> None:
        logged = self.books.logged(self.read_to)
        self.read_to = logged[-1].row
        answers = [answer for drain in drains for answer in drain.answers]
        self.answers += len(answers)
        self.granted(customer, logged)
        self.charged_as_told(answers, [asked for drain in drains for asked in drain.broken], logged)
        self.refused(answers)
        self.keyed(answers, logged)

    def granted(self, customer: Customer, logged: list[Logged]) -> None:
        granted = sum(one.records for one in logged)
        [usage] = customer.get("/v1/usage").raise_for_status().json()["items"]
        told = [usage[name] for name in ("requests", "records", "quota", "remaining")]
        if granted != QUOTA or told != [len(logged), QUOTA, QUOTA, 0]:
            self.wrong.append(f"{granted} records were granted of {QUOTA}; usage says {told}")

    def charged_as_told(self, answers: list[Answer], broken: list[Asked], logged: list[Logged]) -> None:
        told = {answer.id: answer.charged for answer in answers if answer.status == 200 and answer.charged}
        lost = {asked.id for asked in broken}
        for one in logged:
            if told.pop(one.request_id, one.records if one.request_id in lost else None) != one.records:
                self.wrong.append(f"a request was charged {one.records} records, and nobody was told so")
        self.wrong += [
            f"a request was told {charged} records, and they are not logged" for charged in told.values()
        ]

    def refused(self, answers: list[Answer]) -> None:
        for answer in answers:
            if answer.status == Overloaded.status:
                self.overloaded += 1
            elif answer.status == QuotaExceeded.status:
                problem = json.loads(answer.body)
                if problem["requested"] <= problem["remaining"]:
                    self.wrong.append(
                        f"{problem['requested']} records were refused, {problem['remaining']} remained"
                    )
            elif answer.status != 200:
                self.wrong.append(f"a request was answered {answer.status}: {answer.body[:100]!r}")

    def keyed(self, answers: list[Answer], logged: list[Logged]) -> None:
        under_key, bodies = Counter(one.key for one in logged if one.key), defaultdict(set)
        for answer in answers:
            if answer.asked.key and answer.status == 200:
                bodies[answer.asked.key].add(answer.body)
        self.keys += len(bodies)
        for key, different in bodies.items():
            if under_key[key] != 1 or len(different) != 1:
                self.wrong.append(
                    f"a key was charged {under_key[key]} times, in {len(different)} different answers"
                )
