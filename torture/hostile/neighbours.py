"""Trainings that one customer queues, while its 64 connections ask without a pause, beside another customer.

The other's trainings wait for those that are under way and no more, its questions are all answered, and it is
refused nothing. The first is told which limit it has reached, of trainings, requests, datasets and bytes.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.random import Generator

from benchmarks.speed.customer import Customer
from benchmarks.speed.processes import told
from services.web.bodies import NPY, encode_npy
from services.web.keys import owner_of
from torture.books import Books
from torture.customers.asking import Client, Question, Storm, draw, questions_of, trained, two_clusters
from torture.found import Found
from torture.parties import provider

FULL, BRIEF = 200, 12
WORKERS = 2
CONNECTIONS, REQUESTS = 64, 32
DATASETS, STORED_MIB = 4, 1
PROFILE, ROWS = "slow", range(10)  # about half a second
SIZES = (1, 20, 1_000)
AHEAD = 2 * WORKERS + WORKERS  # trainings that are under way or handed out, and what begins beside one's own
REFUSALS = {"too-many-jobs": 429, "too-many-requests": 429, "storage-full": 403}


def run(much: int, random: Generator, folder: Path) -> Found:
    limits = {
        "JOBS": str(much),
        "REQUESTS": str(REQUESTS),
        "DATASETS": str(DATASETS),
        "BYTES": str(STORED_MIB * 2**20),
    }
    with (
        told(**{f"MLAAS_ACCOUNT_{name}": value for name, value in limits.items()}),
        provider(folder / "provider", WORKERS) as server,
        Customer(server.url) as loud,
        Customer(server.url) as quiet,
    ):
        trial = Neighbours(loud, quiet, Books(server.data), much, random)
        return trial.found(server.url)


@dataclass
class Neighbours:
    loud: Customer
    quiet: Customer
    books: Books
    much: int
    random: Generator
    ahead: list[int] = field(default_factory=list)
    answers: int = 0
    queued: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def found(self, url: str) -> Found:
        records = two_clusters(40, self.random)
        dataset, own = self.loud.upload(records), self.quiet.upload(records)
        models = trained(self.loud, "tiny", self.random), trained(self.quiet, "tiny", self.random)
        asked = [questions_of(model, self.random, SIZES) for model in models]
        trainings, questions = max(2, self.much // 20), max(20, self.much)
        before = self.trainings(own, 2), self.latencies(asked[1], questions)
        self.too_many_trainings(dataset)
        with storm(url, self.loud.key, asked[0], self.random) as statuses:
            beside = self.trainings(own, trainings), self.latencies(asked[1], questions)
        self.too_much_stored()
        for model in self.queued:
            self.loud.post(f"/v1/models/{model}/cancel").raise_for_status()
        self.judge(statuses)
        waits, asks = ([float(np.median(one)) for one in pair] for pair in zip(before, beside, strict=True))
        worst = [float(np.quantile(each[1], 0.99)) for each in (before, beside)]
        return Found(
            done={
                "trainings queued beside": len(self.queued),
                "questions beside": sum(statuses.values()),
                "trainings": len(before[0]) + len(beside[0]),
                "answers": self.answers,
                **{f"refusals ({kind})": count for kind, count in self.refused.items()},
            },
            wrong=self.wrong,
            measured={
                "most trainings ended before one's own": max(self.ahead),
                "a training takes so many times as long": round(waits[1] / waits[0], 2),
                "an answer (median)": round(asks[1] / asks[0], 2),
                "an answer (99 %)": round(worst[1] / worst[0], 2),
                "median answer beside the storm, ms": round(1_000 * asks[1], 2),
            },
        )

    def trainings(self, dataset: str, count: int) -> list[float]:
        """Seconds of each, one after the other; and how many of the neighbour's ended meanwhile."""
        seconds = []
        for _ in range(count):
            began = time.monotonic()
            model = self.quiet.train(dataset, PROFILE, ROWS)
            self.quiet.wait(model)
            seconds.append(time.monotonic() - began)
            self.ahead.append(self.ended_before(model))
        return seconds

    def ended_before(self, model: str) -> int:
        """Of the neighbour's trainings, since this was asked for: by the provider's clock."""
        count_them = """
            SELECT count(*) FROM model AS other JOIN model AS own ON own.id = ?
            WHERE other.account_id = ? AND other.ended_at BETWEEN own.created_at AND own.ended_at
        """
        [(count,)] = self.books.read(count_them, [model, owner_of(self.loud.key)])
        return int(count)

    def latencies(self, questions: Sequence[Question], count: int) -> list[float]:
        """Seconds of each."""
        seconds = []
        with Client(str(self.quiet.base_url), self.quiet.key) as client:
            for _ in range(count):
                asked, began = draw(questions, self.random), time.monotonic()
                status = client.ask(asked).status
                seconds.append(time.monotonic() - began)
                if status != 200:
                    self.wrong.append(f"the quiet customer was answered {status}")
        self.answers += count
        return seconds

    def too_many_trainings(self, dataset: str) -> None:
        """As many as there may be, and one more; some of them end meanwhile."""
        asked = {"dataset_id": dataset, "profile": PROFILE, "rows": list(ROWS)}
        for _ in range(2 * self.much):
            answer = self.loud.post("/v1/models", json=asked)
            if answer.status_code != 202:
                self.refusal(answer, f"{self.much} trainings")
                return
            self.queued.append(answer.json()["id"])
        self.wrong.append("as many trainings as one likes may be queued")

    def too_much_stored(self) -> None:
        """Too many bytes, then too many datasets."""
        if (answer := self.stored(STORED_MIB * 2**20)) is None:
            self.wrong.append("as many bytes as one likes may be stored")
        else:
            self.refusal(answer, str(STORED_MIB * 2**20))
        refused = [answer for _ in range(DATASETS) if (answer := self.stored(10)) is not None]
        for answer in refused:
            self.refusal(answer, str(DATASETS))
        if not refused:
            self.wrong.append("as many datasets as one likes may be stored")

    def stored(self, rows: int) -> httpx.Response | None:
        """The refusal, where it is one."""
        body = encode_npy(self.random.integers(0, 2, (rows, 2)).astype("u1"))
        answer = self.loud.post("/v1/datasets", content=body, headers={"Content-Type": NPY})
        return None if answer.status_code == 201 else answer

    def refusal(self, answer: httpx.Response, limit: str) -> None:
        kind = str(answer.json().get("type")).rpartition("/")[2]
        self.refused[kind] += 1
        if REFUSALS.get(kind) != answer.status_code or limit not in answer.json()["detail"]:
            self.wrong.append(f"over a limit, {answer.status_code} was answered: {answer.text[:300]}")

    def judge(self, statuses: Mapping[int, int]) -> None:
        self.refused["too-many-requests"] = statuses.get(429, 0)
        if not self.refused["too-many-requests"]:
            self.wrong.append(f"{CONNECTIONS} requests at once are not too many")
        if set(statuses) - {200, 429}:
            self.wrong.append(f"the storm was answered {dict(statuses)}")
        if max(self.ahead) > AHEAD:
            self.wrong.append(f"{max(self.ahead)} of another's trainings ended before one's own")


@contextmanager
def storm(url: str, key: str, questions: Sequence[Question], random: Generator) -> Iterator[Counter[int]]:
    """In a process of its own while the block lasts; then it is known how often it was answered what."""
    spawn, statuses = multiprocessing.get_context("spawn"), Counter[int]()
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=blow, args=(theirs, url, key, questions, random))
    process.start()
    theirs.close()  # so that its end is known here
    try:
        ours.recv()  # it blows
        yield statuses
        ours.send("over")
        statuses.update(ours.recv())
    finally:
        process.kill()
        process.join()


def blow(line: Any, url: str, key: str, questions: Sequence[Question], random: Generator) -> None:
    one = Storm(key, questions)
    with one.of(url, CONNECTIONS, random):
        one.until(CONNECTIONS)
        line.send("begun")
        line.recv()
    line.send(Counter(answer.status for answer in one.answers) + Counter({0: len(one.broken)}))
