"""Two replicas of the API on one PostgreSQL: every query is counted once, and no limit is overrun."""

import contextlib
import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from live import NPY, Customer, eventually, npy, refused, two_clusters
from scale.postgres import new_database, rows
from scale.stack import Stack
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.database import Database
from services.mlaas.accounts.repository import all_accounts
from services.mlaas.accounts.service import open_account
from services.mlaas.database import Base, open_database
from services.mlaas.datasets.tables import Dataset
from services.mlaas.jobs import repository as jobs
from services.mlaas.jobs.tables import Job
from services.mlaas.ledger import repository as ledger
from services.mlaas.ledger.tables import Query
from services.mlaas.models.tables import Model

MOST, A_MINUTE = 500, 300  # of tests/profiles/tiny_limited.toml
CLIENTS = 8


def served(place: SimpleNamespace, profile: str = "tiny") -> str:
    """A public model of the same training, which nobody has asked."""
    model: str = place.owner.post("/v1/models", json={"from": place.base, "profile": profile}).json()["id"]
    place.owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    return model


def ask(client: httpx.Client, model: str, records: int, **headers: str) -> httpx.Response:
    body = npy(np.zeros((records, 6), "u1"))
    return client.post(f"/v1/models/{model}/predict", content=body, headers={"Content-Type": NPY, **headers})


def charged(answer: httpx.Response) -> int:
    assert answer.status_code in (200, 429), answer.text
    return int(answer.headers.get("records-charged", 0))


def at_once(place: SimpleNamespace, key: str, work: Callable[[httpx.Client, int], Any]) -> list[Any]:
    """What eight clients of one account find, four at either replica."""

    def run(number: int) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=place.urls[number % 2], headers=headers, timeout=60) as client:
            return work(client, number)

    with ThreadPoolExecutor(CLIENTS) as threads:
        return list(threads.map(run, range(CLIENTS)))


def storm(place: SimpleNamespace, customer: Customer, model: str) -> list[int]:
    """What is granted at once, and then single records until one is refused."""

    def granted(client: httpx.Client, number: int) -> list[int]:
        sizes = np.random.default_rng(number).integers(1, 9, 20)
        return [charged(ask(client, model, int(size))) for size in sizes]

    found = [size for sizes in at_once(place, customer.key, granted) for size in sizes]
    while one := charged(ask(customer, model, 1)):
        found.append(one)
    return [size for size in found if size]


def sums_of_the_log(place: SimpleNamespace) -> dict[str, tuple[int, int]]:
    """Requests and records by model."""
    found = rows(
        place.database, "SELECT model_id, count(*), sum(records)::bigint FROM query GROUP BY model_id"
    )
    return {model: (requests, records) for model, requests, records in found}


def test_rate_and_quota_are_granted_to_the_record_in_a_storm(place: SimpleNamespace) -> None:
    model = served(place, "tiny_limited")
    with Customer(place.urls[1]) as stranger:
        for customer in (place.owner, stranger):
            found = storm(place, customer, model)
            assert sum(found) == A_MINUTE
            assert "a minute" in refused(ask(customer, model, 1), 429, "rate-limited")
            usage = customer.usage(model)
            assert (usage["requests"], usage["records"]) == (len(found), A_MINUTE)
        rows(place.database, "UPDATE query SET at = at - 60000 WHERE model_id = %s", model)
        for customer in (place.owner, stranger):
            assert sum(storm(place, customer, model)) == MOST - A_MINUTE
            assert "0 more records" in refused(ask(customer, model, 1), 429, "quota-exceeded")
    assert sums_of_the_log(place)[model][1] == 2 * MOST


def test_many_retries_at_once_are_charged_once(place: SimpleNamespace) -> None:
    model = served(place)

    def retry(client: httpx.Client, _: int) -> list[httpx.Response]:
        return [ask(client, model, 2, **{"Idempotency-Key": model}) for _ in range(25)]

    answers = [one for found in at_once(place, place.owner.key, retry) for one in found]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(int(one.headers["records-charged"]) for one in answers) == [0] * 199 + [2]
    assert len({answer.content for answer in answers}) == 1
    assert sums_of_the_log(place)[model] == (1, 2)


def test_a_key_that_two_replicas_are_sent_for_two_questions_is_taken_by_one(place: SimpleNamespace) -> None:
    """Neither is made to wait for the other's fault: it is one answer and one conflict, never a 503."""
    models = [served(place), served(place)]

    def question(client: httpx.Client, number: int) -> list[tuple[int, int]]:
        model = models[number % 2]
        answers = [ask(client, model, 1, **{"Idempotency-Key": f"{models[0]} {one}"}) for one in range(20)]
        return [(answer.status_code, int(answer.headers.get("records-charged", 0))) for answer in answers]

    by_key = zip(*at_once(place, place.owner.key, question), strict=True)
    for found in by_key:
        assert sorted(status for status, _ in found) == [200] * 4 + [422] * 4
        assert sum(charge for _, charge in found) == 1
    assert sum(sums_of_the_log(place).get(model, (0, 0))[0] for model in models) == 20


def test_the_first_questions_about_many_models_come_to_both_at_once(place: SimpleNamespace) -> None:
    models = [served(place) for _ in range(12)]

    def first(client: httpx.Client, number: int) -> int:
        order = np.random.default_rng(number).permutation(models)
        return sum(charged(ask(client, str(model), 1)) for model in order)

    with Customer(place.urls[0]) as stranger:
        assert at_once(place, stranger.key, first) == [len(models)] * CLIENTS
        usage = [stranger.usage(model) for model in models]
    assert [(one["requests"], one["records"]) for one in usage] == [(CLIENTS, CLIENTS)] * len(models)


def test_what_changes_at_one_replica_is_seen_by_the_next_question_at_the_other(
    place: SimpleNamespace,
) -> None:
    model, one = served(place), np.zeros((1, 6), "u1")
    with Customer(place.urls[1]) as stranger:
        for visibility, status in (("public", 200), ("private", 404), ("public", 200)):
            place.owner.patch(f"/v1/models/{model}", json={"visibility": visibility}).raise_for_status()
            assert stranger.predict(model, one).status_code == status
        place.owner.delete(f"/v1/models/{model}").raise_for_status()
        refused(stranger.predict(model, one), 404, "not-found")


def test_what_both_are_asked_to_keep_at_once_is_kept_once(place: SimpleNamespace) -> None:
    records = npy(two_clusters(30, seed=7))

    def keep(client: httpx.Client, _: int) -> tuple[int, str, str]:
        sent = client.post("/v1/datasets", content=records, headers={"Content-Type": NPY})
        asked = {"id": "m-both", "dataset_id": place.dataset, "profile": "tiny"}
        return sent.status_code, sent.json()["id"], client.post("/v1/models", json=asked).json()["id"]

    found = at_once(place, place.owner.key, keep)
    assert sorted(status for status, _, _ in found) == [200] * (CLIENTS - 1) + [201]
    assert len({(dataset, model) for _, dataset, model in found}) == 1
    assert place.owner.ended("m-both")["state"] == "ready"
    assert rows(place.database, "SELECT attempt FROM job WHERE model_id = 'm-both'") == [(1,)]


def test_pages_of_the_ledger_miss_no_row_while_both_replicas_write(place: SimpleNamespace) -> None:
    model, database = served(place), open_database(Path(), place.database)

    def write(client: httpx.Client, _: int) -> None:
        for _ in range(40):
            ask(client, model, 1)

    def read() -> list[int]:
        page: Sequence[Query] = []
        seen = [0]
        while not written.is_set() or len(page) == 7:
            with database.read() as session:
                page = ledger.queries(session, seen[-1], 7, model)
            seen += [query.id for query in page]
        return seen[1:]

    written = threading.Event()
    with ThreadPoolExecutor(1) as reader, Customer(place.urls[0]) as one, Customer(place.urls[1]) as other:
        reading = reader.submit(read)
        with ThreadPoolExecutor(2) as writers:
            list(writers.map(lambda account: at_once(place, account.key, write), (one, other)))
        written.set()
        seen = reading.result(60)
    database.dispose()
    assert len(seen) == 2 * 40 * CLIENTS


def test_a_text_that_the_database_cannot_hold_is_refused(place: SimpleNamespace) -> None:
    refused(place.owner.get("/v1/models/m%00"), 422, "invalid-request")
    refused(ask(place.owner, "m%00", 1), 422, "invalid-request")
    refused(place.owner.upload(two_clusters(30), name="a\0b"), 422, "invalid-request")


def test_connections_cut_by_the_server_cost_at_most_a_503(place: SimpleNamespace) -> None:
    """What was answered is in the log, once, and what was not may be."""
    model, done = served(place), list[str]()
    others = "pid <> pg_backend_pid() AND datname = current_database()"

    def persist(client: httpx.Client, number: int) -> int:
        busy = 0
        for one in range(40):
            while (
                answer := ask(client, model, 1, **{"Idempotency-Key": f"{model} {number} {one}"})
            ).is_error:
                refused(answer, 503, "overloaded")
                busy += 1
            done.append(answer.headers["x-request-id"])
        return busy

    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(at_once, place, place.owner.key, persist)
        for share in (0.2, 0.4, 0.6, 0.8):
            eventually(lambda share=share: asking.done() or len(done) > share * 40 * CLIENTS)
            rows(place.database, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        asking.result(60)
    assert sums_of_the_log(place)[model] == (40 * CLIENTS, 40 * CLIENTS)
    assert place.owner.usage(model)["records"] == 40 * CLIENTS


def test_every_answer_before_a_replica_is_killed_is_in_the_ledger(
    place: SimpleNamespace, stack: Stack
) -> None:
    """kill -9 of one under load: the other goes on, and usage equals the sum of the log."""
    model = served(place)
    replica = stack.replica("killed")
    both = SimpleNamespace(urls=[place.urls[0], replica.url])
    answered: list[str] = []

    def load(client: httpx.Client, number: int) -> None:
        with contextlib.suppress(httpx.TransportError):
            while len(answered) < 600:
                answered.append(ask(client, model, 3).raise_for_status().headers["x-request-id"])

    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(at_once, both, place.owner.key, load)
        eventually(lambda: len(answered) > 200)
        os.kill(replica.process.pid, signal.SIGKILL)
        asking.result(60)
    logged = {
        row[0] for row in rows(place.database, "SELECT request_id FROM query WHERE model_id = %s", model)
    }
    usage = place.owner.usage(model)
    assert set(answered) <= logged
    assert (
        (usage["requests"], usage["records"])
        == sums_of_the_log(place)[model]
        == (len(logged), 3 * len(logged))
    )


@pytest.fixture
def fresh(socket_folder: Path, tmp_path: Path) -> Iterator[list[Database]]:
    """A new database, brought up to date by four at once."""
    url = new_database(socket_folder, f"fresh_{uuid.uuid4().hex}")
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_database(tmp_path, url), range(4)))
    yield opened
    for database in opened:
        database.dispose()


def test_four_bring_a_database_up_to_date_at_once(fresh: list[Database]) -> None:
    with fresh[0].readers.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_job_is_claimed_by_one_of_many_workers(fresh: list[Database]) -> None:
    with fresh[0].write() as session:
        account, _ = open_account(session)
        session.flush()
        common = {"account_id": account.id, "features": 1, "classes": [], "created_at": 0}
        session.add(Dataset(id="d", name="", sha256="", read_as="", rows=1, bytes=1, **common))
        session.flush()
        for number in range(40):
            recipe = {"profile": "", "options": {}, "training_rows": 1, "holdout": 0.0, "seed": 0}
            session.add(Model(id=f"m{number}", dataset_id="d", request_sha256="", **recipe, **common))
            session.flush()
            session.add(Job(model_id=f"m{number}", dataset_id="d", attempt=0, ended=False))

    def claimed(database: Database) -> list[int]:
        """Beside the lock of writers, which they have at hand in any case."""
        found = []
        while True:
            with Session(database.writers) as session, session.begin():
                free = jobs.next_free(session, 3)
                mine = jobs.claim(session, str(id(database)), free, 60_000)
                assert len(mine) <= 3
                found += [job.id for job in mine]
            if not free:
                return found

    with ThreadPoolExecutor(4) as threads:
        found = [job for mine in threads.map(claimed, fresh) for job in mine]
    assert sorted(found) == list(range(1, 41))


@pytest.mark.parametrize("fault", ["a lost connection", "another was first"])
def test_rows_are_put_once_more_where_they_could_not_be(fresh: list[Database], fault: str) -> None:
    one, other = fresh[:2]
    tried = []

    def put(connection: Connection) -> None:
        tried.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        connection.execute(text(ADD), {"id": "a-1"})
        if len(tried) == 1 and fault == "a lost connection":
            with other.writers.begin() as elsewhere:
                elsewhere.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": tried[0]})
        connection.execute(text(ADD), {"id": "a-2" if len(tried) > 1 else "a-1"})

    one.put(put)
    with one.read() as session:
        assert [account.id for account in all_accounts(session)] == ["a-1", "a-2"]
    assert len(tried) == 2


def test_rows_that_can_never_be_put_leave_nothing(fresh: list[Database]) -> None:
    def put(connection: Connection) -> None:
        connection.execute(text(ADD), {"id": "a-1"})
        connection.execute(text(ADD), {"id": "a-1"})

    with pytest.raises(IntegrityError):
        fresh[0].put(put)
    with fresh[0].read() as session:
        assert all_accounts(session) == []


ADD = "INSERT INTO account (id, key_sha256, is_admin, created_at) VALUES (:id, 'k', false, 0)"
