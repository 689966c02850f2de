"""The time of day is set back or on by up to a day, so many times, while two workers train and customers ask.

No job is taken from a worker that is at it, nor left to one that is gone; no account gets more records a
minute than it may, nor waits for longer than a minute; the log's times never go back. Every third time the
provider is begun again just after; at the end a worker is killed, and the clock set back by a day.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import httpx
import numpy as np
from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.web.bodies import NPY, encode_npy
from torture.books import Books
from torture.customers.asking import trained, two_clusters
from torture.found import Found
from torture.machine.clock import Clock
from torture.parties import PROFILES, Party, end_group, provider

FULL, BRIEF = 12, 1
STEPS_S = (-86_400.0, -3_600.0, -61.0, -5.0, 5.0, 61.0, 3_600.0, 86_400.0)
BETWEEN_S = (0.5, 2.0)
BEGUN_AGAIN = 3  # after every so manieth step
STEPS_A_KILL = 9
LEASE_S = 10
A_MINUTE, QUOTA = 300, 500  # records that the profile `tiny_limited` answers an account
MINUTE_S = 60.0
QUESTION = 20  # records
ENDED_S = 240.0


def run(much: int, random: Generator, folder: Path) -> Found:
    clock = Clock(folder / "clock")
    with (
        patch.dict(os.environ, {"MLAAS_LEASE_S": str(LEASE_S)}),
        clock.of_all_begun(),
        provider(folder / "provider") as api,
        Customer(api.url) as owner,
    ):
        limited = Limited(owner, trained(owner, "tiny_limited", random))
        logged = Unlimited(owner, trained(owner, "tiny", random))
        dataset = owner.upload(two_clusters(60, random))
        with second_worker(api.data) as second:
            trainings = [owner.train(dataset, "slow") for _ in range(much // STEPS_A_KILL)]
            for number in range(1, much + 1):
                trainings.append(owner.train(dataset, "tiny"))
                limited.ask_for(random.uniform(*BETWEEN_S))
                logged.ask()
                clock.step(float(random.choice(STEPS_S)))
                logged.ask()
                if number % BEGUN_AGAIN == 0:
                    begin_again(api)
                    logged.ask()
            wrong = unfinished(owner, trainings) + twice(api.data)
            if much >= STEPS_A_KILL:
                trainings = [owner.train(dataset, "slow") for _ in range(4)]  # a worker claims two at once
                until_both_train(api.data)
                os.killpg(second.pid, signal.SIGKILL)
                clock.step(min(STEPS_S))
                wrong += unfinished(owner, trainings)
        wrong += limited.wrong + times_of_the_log(api.data, logged.asked)
        ended = len(Books(api.data).read("SELECT id FROM job WHERE ended"))
    return Found({"steps": much, "trainings": ended, "records granted": limited.granted}, wrong)


def begin_again(api: Party) -> None:
    """The API alone: its worker has to be gone with it, and gives back what it was at."""
    api.stop()
    api.start()


@contextmanager
def second_worker(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "services.mlaas", "work", "--data", str(data)]
    command += ["--executor", "process:1", "--profiles", str(PROFILES)]
    with (data / "work.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        end_group(process)


@dataclass
class Limited:
    """An account that asks as fast as it may, and a little faster; by the clock of this process."""

    owner: Customer
    model: str
    granted_at: list[tuple[float, float]] = field(default_factory=list)  # sent, answered
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def granted(self) -> int:
        return QUESTION * len(self.granted_at)

    def ask_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.ask()
            time.sleep(0.05)

    def ask(self) -> None:
        body, kind = encode_npy(np.zeros((QUESTION, 6), "f4")), {"Content-Type": NPY}
        sent = time.monotonic()
        answer = self.owner.post(f"/v1/models/{self.model}/predict", content=body, headers=kind)
        if answer.status_code == 200:
            self.granted_at.append((sent, time.monotonic()))
            self.check_minute()
        else:
            self.refused += 1
            self.check_refusal(answer)

    def check_minute(self) -> None:
        """What was sent and answered within the last minute, all of it."""
        since = self.granted_at[-1][1] - MINUTE_S
        records = QUESTION * sum(sent >= since for sent, _ in self.granted_at)
        if records > A_MINUTE:
            self.wrong.append(f"{records} records were granted in a minute")

    def check_refusal(self, answer: httpx.Response) -> None:
        """It is a wait for what was granted in the last minute or so; or all that it may ever ask is used."""
        slug = answer.json()["type"].rpartition("/")[2]
        wait_s = int(answer.headers.get("Retry-After", "-1"))
        recent = QUESTION * sum(
            answered >= time.monotonic() - 2 * MINUTE_S for _, answered in self.granted_at
        )
        if slug == "quota-exceeded" and self.granted + QUESTION > QUOTA:
            return
        if (answer.status_code, slug) != (429, "rate-limited") or not 0 < wait_s <= MINUTE_S + 2:
            self.wrong.append(f"a refusal says to wait {wait_s} s: {answer.status_code} {answer.text[:200]}")
        elif recent + QUESTION <= A_MINUTE:
            self.wrong.append(f"refused, though {recent} records were granted in two minutes")


def unfinished(owner: Customer, models: list[str]) -> list[str]:
    """What is wrong with trainings that have all to end well, and before long."""
    deadline, wrong = time.monotonic() + ENDED_S, []
    for model in models:
        state = "queued"
        while state in ("queued", "training") and time.monotonic() < deadline:
            state = owner.get(f"/v1/models/{model}", headers={"Prefer": "wait=5"}).json()["state"]
        if state != "ready":
            wrong.append(f"model {model} is {state}")
    return wrong


def twice(data: Path) -> list[str]:
    """Trainings that were begun again, though nobody at one had gone: a worker that stops gives it back."""
    again = Books(data).read("SELECT model_id, attempt FROM job WHERE attempt > 1")
    return [f"the training of {model} was begun {attempt} times" for model, attempt in again]


def until_both_train(data: Path) -> None:
    deadline = time.monotonic() + ENDED_S
    looking = "SELECT count(DISTINCT lease_owner) FROM job WHERE NOT ended"
    while Books(data).read(looking) != [(2,)] and time.monotonic() < deadline:
        time.sleep(0.05)


@dataclass
class Unlimited:
    """Leaves a row in the log before and after every step."""

    owner: Customer
    model: str
    asked: int = 0

    def ask(self) -> None:
        body, kind = encode_npy(np.zeros((1, 6), "f4")), {"Content-Type": NPY}
        self.owner.post(f"/v1/models/{self.model}/predict", content=body, headers=kind).raise_for_status()
        self.asked += 1


def times_of_the_log(data: Path, least: int) -> list[str]:
    if len(Books(data).logged()) < least:
        return ["answers are not in the log"]
    back = Books(data).read("SELECT count(*) FROM query a JOIN query b ON b.id = a.id + 1 WHERE b.at < a.at")
    return [f"the log's time goes back {back[0][0]} times"] if back != [(0,)] else []
