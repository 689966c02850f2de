"""SIGTERM of the provider under the load of 16 clients and amid a training, so many times.

A request of which half is sent and a long poll are under way, too. What was charged is what was answered, to
the request; these two get their whole answer; who comes later is refused; the exit status is 0; the training
is queued again, its attempt not used up, and ends after the next start.
"""

import socket
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from torture.books import Books
from torture.customers.asking import (
    NO_ANSWER,
    WAITING_S,
    Answer,
    Client,
    Question,
    Storm,
    draw,
    questions_of,
    trained,
    two_clusters,
)
from torture.found import Found
from torture.parties import Party, provider

FULL, BRIEF = 20, 1
CLIENTS = 16
MOST_ANSWERS = 400  # before the stop
ROWS = 150  # of a training that takes longer than it takes to stop


def run(much: int, random: Generator, folder: Path) -> Found:
    with provider(folder / "provider") as api, Customer(api.url) as owner:
        questions = questions_of(trained(owner, "tiny", random), random)
        dataset = owner.upload(two_clusters(ROWS, random))
        model = owner.train(dataset, "slow")
        check = Check(Books(api.data))
        for _ in range(much):
            model = in_training(owner, dataset, model)
            check.answers_of(stopped(api, owner, model, questions, random))
            check.queued_again(model)
            api.start()
        owner.wait(model)
        check.begun_once(model)
    done = {"stops": much, "answers checked": check.answers, "trainings queued again": check.queued}
    return Found(done, check.wrong)


def in_training(owner: Customer, dataset: str, model: str) -> str:
    """This model or, where it is ready, a new one."""
    while (state := owner.get(f"/v1/models/{model}").raise_for_status().json()["state"]) != "training":
        if state == "failed":
            raise RuntimeError(f"the training of {model} failed")
        if state == "ready":
            model = owner.train(dataset, "slow")
    return model


@dataclass(frozen=True)
class Stopped:
    status: int
    storm: Storm
    half_sent: Answer | None
    polled: int | None
    closed: bool  # to those who came later, while others were still answered


def stopped(api: Party, owner: Customer, model: str, questions: list[Question], random: Generator) -> Stopped:
    """How it ended, and what clients were told meanwhile."""
    polling, asked = HTTPConnection(urlsplit(api.url).netloc, timeout=WAITING_S), draw(questions, random)
    storm = Storm(owner.key, questions)
    with Client(api.url, owner.key) as half, closing(polling), storm.of(api.url, CLIENTS, random):
        half.send(asked, kept_back=len(asked.question.body) // 2)
        polling.request("GET", f"/v1/models/{model}", headers={**owner.headers, "Prefer": "wait=50"})
        storm.until(int(random.integers(1, MOST_ANSWERS)))
        assert api.process is not None
        api.process.terminate()
        answer, polled, closed = None, None, refuses(api.url)
        with suppress(*NO_ANSWER):
            half.connection.send(asked.question.body[-(len(asked.question.body) // 2) :])
            answer = half.received(asked)
        with suppress(*NO_ANSWER):
            polled = polling.getresponse().status
        return Stopped(api.process.wait(WAITING_S), storm, answer, polled, closed)


def refuses(url: str) -> bool:
    """Whether it comes to that; until then, who has come and asked for nothing has to go again."""
    address, deadline = urlsplit(url), time.monotonic() + WAITING_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((address.hostname, address.port)).close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.01)
    return False


@dataclass
class Check:
    books: Books
    answers: int = 0
    queued: int = 0
    read_to: int = 0
    wrong: list[str] = field(default_factory=list)

    def answers_of(self, stop: Stopped) -> None:
        if stop.status:
            self.wrong.append(f"the exit status was {stop.status}")
        if stop.polled != 200:
            self.wrong.append(f"a long poll was answered {stop.polled}")
        if stop.half_sent is None:
            self.wrong.append("the request of which half was sent had no answer")
        if not stop.closed:
            self.wrong.append("who came after the stop was let in")
        answers = [*stop.storm.answers, *([stop.half_sent] if stop.half_sent else [])]
        self.answers += len(answers)
        self.wrong += [
            f"a request was answered {one.status}: {one.body[:100]!r}" for one in answers if one.status != 200
        ]
        logged = self.books.logged(self.read_to)
        self.read_to = max((one.row for one in logged), default=self.read_to)
        charged = {(one.request_id, one.records) for one in logged}
        told = {(one.id, one.charged) for one in answers if one.status == 200}
        if charged != told:
            self.wrong.append(
                f"{len(charged - told)} charged and not answered, {len(told - charged)} not charged"
            )

    def queued_again(self, model: str) -> None:
        [(state, *job)] = self.job(model)
        if state == "ready":  # before the stop
            return
        self.queued += 1
        if (state, job) != ("queued", [0, 0, None]):
            self.wrong.append(
                f"the training under way is {state} after the stop; attempt, ended, held by: {job}"
            )

    def begun_once(self, model: str) -> None:
        [(_, attempt, ended, _)] = self.job(model)
        if (attempt, ended) != (1, 1):
            self.wrong.append(f"a training that was stopped ended in attempt {attempt}")

    def job(self, model: str) -> list[Any]:
        columns = "model.state, job.attempt, job.ended, job.lease_owner"
        return self.books.read(
            f"SELECT {columns} FROM model JOIN job ON job.model_id = model.id WHERE model.id = ?", [model]
        )
