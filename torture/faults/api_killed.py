"""`kill -9` of the API under the load of 64 clients, so many times.

Requests of 1 to 1,000 records in JSON and NPY, every other with an Idempotency-Key; one time in five the
worker dies with it, and one start in ten is killed, too. After each: what a client was answered is in the
ledger as it was charged, usage is the sum of the log, and a retry under a key is charged once and answered to
the byte as before. At the end every training that was said to be queued ends well, and once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from numpy.random import Generator

from benchmarks.speed.customer import Customer
from benchmarks.speed.processes import told
from torture.books import Books, Logged
from torture.customers.asking import (
    Answer,
    Asked,
    Client,
    Question,
    Storm,
    again,
    questions_of,
    trained,
    two_clusters,
)
from torture.found import Found
from torture.parties import Party, provider

FULL, BRIEF = 100, 1
CLIENTS = 64
MOST_ANSWERS = 400  # before a kill
WITH_WORKER = 0.2
KILLED_STARTING = 0.1
LONGEST_START_S = 3.0
MOST_TRAININGS = 3  # asked for, before each kill
TRAINING_ROWS = 40
LEASE_S = 2  # so soon are the trainings of a killed worker given to the next
RETRIED = 32  # of those answered before a kill
PROFILES = ("tiny", "overfitted_noisy")  # the second answers alike under the same key alone


def run(much: int, random: Generator, folder: Path) -> Found:
    with told(MLAAS_LEASE_S=str(LEASE_S)), provider(folder / "provider") as api, Customer(api.url) as owner:
        steady, noisy = [trained(owner, profile, random) for profile in PROFILES]
        questions = questions_of(steady, random) + questions_of(noisy, random)
        check, dataset = Check(Books(api.data), steady), owner.upload(two_clusters(TRAINING_ROWS, random))
        check.promised.append(owner.train(dataset, "tiny"))  # one that no kill comes before
        for _ in range(much):
            storm = Storm(owner.key, questions)
            with ThreadPoolExecutor(1) as beside, storm.of(api.url, CLIENTS, random):
                promised = beside.submit(promised_trainings, owner, dataset)
                storm.until(int(random.integers(1, MOST_ANSWERS)))
                api.kill()
            starts_killed = started_again(api, random)
            check.promised += promised.result()
            with Client(api.url, owner.key) as client:
                check.all_of(storm, retries(client, storm, random))
            check.usage(owner)
            check.kills += 1 + starts_killed
        begin_with_worker(api)
        check.trainings(owner)
    done = {"kills": check.kills, "answers checked": check.answers, "retries checked": check.retries}
    done |= {"trainings promised": len(check.promised)}
    return Found(done, check.wrong, {"answers lost in a kill, and charged": check.lost})


def promised_trainings(owner: Customer, dataset: str) -> list[str]:
    """Models that were said to be queued, until no answer comes."""
    promised = []
    with suppress(httpx.TransportError):
        for _ in range(MOST_TRAININGS):
            promised.append(owner.train(dataset, "tiny"))  # noqa: PERF401 (those before a kill count)
    return promised


def begin_with_worker(api: Party) -> None:
    api.stop()
    api.arguments = ("--workers", "1", *api.arguments[2:])
    api.start()


def started_again(api: Party, random: Generator) -> int:
    """How often it was killed while it started."""
    kills = 0
    api.arguments = ("--workers", str(int(random.random() < WITH_WORKER)), *api.arguments[2:])
    while random.random() < KILLED_STARTING:
        api.process = api.begun()
        time.sleep(random.uniform(0, LONGEST_START_S))
        api.kill()
        kills += 1
    api.start()
    return kills


@dataclass(frozen=True)
class Retry:
    """A request under a key: its answer before the kill, if one came, and those when it was asked again."""

    asked: Asked
    before: Answer | None
    after: list[Answer]


def retries(client: Client, storm: Storm, random: Generator) -> list[Retry]:
    """Of all that had no answer, twice; and of some that had one."""
    broken = [asked for asked in storm.broken if asked.key]
    answered = [answer for answer in storm.answers if answer.asked.key][-RETRIED:]
    return [Retry(asked, None, [client.ask(again(asked, random)) for _ in range(2)]) for asked in broken] + [
        Retry(one.asked, one, [client.ask(again(one.asked, random))]) for one in answered
    ]


@dataclass
class Check:
    """What clients were told against what the books say."""

    books: Books
    steady: str
    kills: int = 0
    answers: int = 0
    retries: int = 0
    lost: int = 0
    read_to: int = 0
    bodies: dict[Question, bytes] = field(default_factory=dict)
    promised: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def all_of(self, storm: Storm, retried: list[Retry]) -> None:
        logged = self.books.logged(self.read_to)
        self.read_to = max((one.row for one in logged), default=self.read_to)
        charged = {one.request_id: one.records for one in logged}
        for answer in storm.answers:
            self.answer(answer, charged)
        for retry in retried:
            self.retry(retry, [one for one in logged if one.key == retry.asked.key])
        told = {answer.id for answer in storm.answers} | {one.id for retry in retried for one in retry.after}
        broken = {asked.id for asked in storm.broken}
        self.lost += len(broken & set(charged))
        self.wrong += [f"the ledger has {one}, which nobody asked" for one in set(charged) - told - broken]

    def answer(self, answer: Answer, charged: dict[str, int]) -> None:
        question, of = answer.asked.question, f"request {answer.id}"
        self.answers += 1
        if answer.status != 200:
            self.wrong.append(f"{of} was answered {answer.status}: {answer.body[:200]!r}")
        elif not question.records == answer.charged == charged.get(answer.id):
            told = f"{question.records} records, told {answer.charged}, logged {charged.get(answer.id)}"
            self.wrong.append(f"{of} was charged otherwise: {told}")
        elif question.model == self.steady and self.bodies.setdefault(question, answer.body) != answer.body:
            self.wrong.append(f"{of} was answered otherwise than the same question before")

    def retry(self, retry: Retry, under_key: list[Logged]) -> None:
        """Charged once: to the first that came through, whether or not its answer did."""
        known = [*([retry.before] if retry.before else []), *retry.after]
        of = f"request {retry.asked.id} with its retries"
        self.retries += len(retry.after)
        if {answer.status for answer in known} != {200} or len({answer.body for answer in known}) > 1:
            self.wrong.append(
                f"{of} was not answered alike: {[(one.status, one.body[:100]) for one in known]}"
            )
        rows = [(row.request_id, row.records) for row in under_key]
        charged = [(answer.id, answer.charged) for answer in known if answer.charged]
        if rows != (charged or [(retry.asked.id, retry.asked.question.records)]):
            self.wrong.append(f"{of} was charged {charged}, and the ledger has {rows}")

    def trainings(self, owner: Customer) -> None:
        """What was promised is done, once each."""
        for model in self.promised:
            try:
                owner.wait(model)
            except (RuntimeError, httpx.HTTPStatusError) as error:
                self.wrong.append(f"a training that was promised came to nothing: {error}")
        jobs = dict(self.books.read("SELECT model_id, count(*) FROM job WHERE ended GROUP BY model_id"))
        self.wrong += [f"a training ended {jobs.get(m, 0)} times" for m in self.promised if jobs.get(m) != 1]

    def usage(self, owner: Customer) -> None:
        items = owner.get("/v1/usage").raise_for_status().json()["items"]
        usage = {item["model_id"]: (item["requests"], item["records"]) for item in items}
        if usage != (sums := self.books.sums()):
            self.wrong.append(f"usage is {usage}, the sums of the log are {sums}")
