"""`kill -9` of the training worker amid its trainings, so many times.

In turn: the supervisor when weights are written and not yet recorded, a training process, the supervisor
alone, and both; then an idle process, and some trainings as often as they may be begun. After all of it
every training has ended once, in a model that answers or with the reason; there is one artefact for each,
and what else was left goes when a worker starts two days later.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.mlaas.worker import TRAINING
from torture.books import Books
from torture.customers.asking import Client, draw, questions_of, two_clusters
from torture.found import Found
from torture.machine.workers import Workers, workers
from torture.parties import provider

FULL, BRIEF = 48, 1
KILLS_A_VICTIM = 16
PROCESSES = 2
QUEUED = 5  # trainings that have not ended, at each kill
MOST_ROWS = 20
ENOUGH_ATTEMPTS, FEW_ATTEMPTS = 1_000, 2
AMID_S = 0.5
TWO_DAYS_S = 2 * 86_400
WAITING_S = 300.0
TRAINED_S = 10.0
COUNT_ENDS = """
CREATE TABLE ends (model_id TEXT);
CREATE TRIGGER count_ends AFTER UPDATE OF state ON model WHEN new.state IN ('ready', 'failed')
BEGIN INSERT INTO ends VALUES (new.id); END;
"""


def run(much: int, random: Generator, folder: Path) -> Found:
    with provider(folder / "provider", workers=0) as api, Customer(api.url) as owner:
        trial = Killing(owner, Books(api.data), owner.upload(two_clusters(MOST_ROWS, random)), random)
        with closing(sqlite3.connect(api.data / "mlaas.sqlite")) as database:
            database.executescript(COUNT_ENDS)
        with workers(api.data, PROCESSES, ENOUGH_ATTEMPTS) as work:
            for kill in islice(cycle(trial.ways), much):
                trial.amid_a_training()
                kill(work)
            trial.until(trial.all_ended)
            trial.kill_while_idle(work)
        trial.two_days_pass()
        with workers(api.data, 1, FEW_ATTEMPTS) as work:
            trial.until(lambda: not trial.files() - trial.named())
            for _ in range(much // KILLS_A_VICTIM):
                trial.kill_too_often(work)
        trial.check_models()
    done = {"kills": trial.kills, "trainings ended": len(trial.models), "models asked": trial.asked}
    return Found(done, trial.wrong, {"artefacts that had no model": trial.strays})


@dataclass
class Killing:
    owner: Customer
    books: Books
    dataset: str
    random: Generator
    models: list[str] = field(default_factory=list)
    victims: set[str] = field(default_factory=set)
    kills: int = 0
    asked: int = 0
    strays: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def ways(self) -> list[Callable[[Workers], None]]:
        return [self.kill_before_it_is_recorded, self.kill_a_process, self.kill_supervisor, self.kill_all]

    def amid_a_training(self) -> None:
        """The queue is filled up; one more has ended, and others are under way since a moment."""
        ended = self.ended()
        while len(self.models) - ended < QUEUED:
            self.train()
        self.until(lambda: self.ended() > ended)
        time.sleep(self.random.uniform(0, AMID_S))

    def train(self) -> str:
        rows = int(self.random.integers(8, MOST_ROWS))
        self.models.append(self.owner.train(self.dataset, "slow", range(rows)))
        return self.models[-1]

    def kill_a_process(self, work: Workers) -> None:
        processes = work.training_processes()
        if processes:
            os.kill(int(self.random.choice(processes)), signal.SIGKILL)
            self.kills += 1

    def kill_supervisor(self, work: Workers) -> None:
        if not work.kill_supervisor():
            self.wrong.append("training processes outlived their supervisor")
        self.kills += 1
        work.start()

    def kill_all(self, work: Workers) -> None:
        work.kill_all()
        self.kills += 1
        work.start()

    def kill_before_it_is_recorded(self, work: Workers) -> None:
        """The supervisor is stopped until a training process has left weights that no row names."""
        while not self.leaves_weights(work):
            self.amid_a_training()
        self.kill_all(work)

    def leaves_weights(self, work: Workers) -> bool:
        """A stopped supervisor; one that is stopped between two trainings goes on."""
        os.kill(work.process.pid, signal.SIGSTOP)
        try:
            self.until(lambda: self.files() - self.named(), TRAINED_S)
        except TimeoutError:
            os.kill(work.process.pid, signal.SIGCONT)
            return False
        return True

    def kill_while_idle(self, work: Workers) -> None:
        self.kill_a_process(work)
        self.train()
        self.until(self.all_ended)

    def two_days_pass(self) -> None:
        self.strays = len(self.files() - self.named())
        then = time.time() - TWO_DAYS_S
        for file in self.folder.iterdir():
            os.utime(file, (then, then))

    def kill_too_often(self, work: Workers) -> None:
        """It is begun as often as it may be, and not once more."""
        victim = self.train()
        for attempt in range(1, FEW_ATTEMPTS + 1):
            self.until(lambda: work.training_processes() and self.begun(victim) == attempt)  # noqa: B023
            self.kill_a_process(work)
        self.until(self.all_ended)
        self.victims.add(victim)

    def check_models(self) -> None:
        ends = dict(self.books.read("SELECT model_id, count(*) FROM ends GROUP BY model_id"))
        said = {model: rest for model, *rest in self.books.read("SELECT id, state, error FROM model")}
        for model in self.models:
            if ends.get(model) != 1:
                self.wrong.append(f"a training ended {ends.get(model, 0)} times")
            if said[model] != (["failed", TRAINING.gave_up] if model in self.victims else ["ready", None]):
                self.wrong.append(
                    f"a model is {said[model]}, {'a' if model in self.victims else 'no'} victim"
                )
        ready = [model for model in self.models if said[model][0] == "ready"]
        with Client(str(self.owner.base_url), self.owner.key) as client:
            for model in ready:
                answer = client.ask(draw(questions_of(model, self.random, [1]), self.random))
                self.asked += 1
                if answer.status != 200:
                    self.wrong.append(f"a model answers {answer.status}: {answer.body[:100]!r}")
        if not len(ready) == len(self.named()) == len(self.files()):
            self.wrong.append(
                f"{len(ready)} models, {len(self.named())} artefacts, {len(self.files())} files"
            )

    @property
    def folder(self) -> Path:
        return self.books.data / "artifacts"

    def files(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()} if self.folder.exists() else set()

    def named(self) -> set[str]:
        return {name for (name,) in self.books.read("SELECT artifact FROM model WHERE artifact IS NOT NULL")}

    def ended(self) -> int:
        [(count,)] = self.books.read("SELECT count(*) FROM job WHERE ended")
        return int(count)

    def all_ended(self) -> bool:
        return self.ended() == len(self.models)

    def begun(self, model: str) -> int:
        [(attempt,)] = self.books.read("SELECT attempt FROM job WHERE model_id = ?", [model])
        return int(attempt)

    def until(self, look: Callable[[], object], limit_s: float = WAITING_S) -> None:
        """Raises TimeoutError."""
        deadline = time.monotonic() + limit_s
        while not look():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not happen in {limit_s:.0f} s")
            time.sleep(0.02)
