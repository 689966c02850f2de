"""Whose training is next: each customer's in turn, however many one of them has queued."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.database import Database
from services.mlaas.accounts.tables import Account
from services.mlaas.database import open_database
from services.mlaas.datasets.tables import Dataset
from services.mlaas.jobs import repository
from services.mlaas.jobs.tables import Job
from services.mlaas.models.tables import Model


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Database]:
    """a1 to a4 were queued first, then b1 and b2, then c1; accounts are the letters."""
    database = open_database(tmp_path)
    with database.write() as session:
        for name in "abc":
            session.add(Account(id=name, key_sha256=name, is_admin=False, created_at=0))
        session.flush()
        common = {"features": 1, "classes": [], "created_at": 0}
        session.add(
            Dataset(id="d", account_id="a", name="", sha256="", read_as="", rows=1, bytes=1, **common)
        )
        session.flush()
        recipe = {"profile": "", "options": {}, "training_rows": 1, "holdout": 0.0, "seed": 0}
        for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1"):
            model = Model(id=name, account_id=name[0], dataset_id="d", request_sha256="", **recipe, **common)
            session.add(model)
            session.flush()
            session.add(Job(model_id=name, dataset_id="d"))
    yield database
    database.dispose()


def take(database: Database, most: int, lapsed: tuple[int, ...] = ()) -> list[str]:
    with database.write() as session:
        free = repository.next_free(session, most, lapsed)
        return [job.model_id for job in repository.claim(session, "worker", free, 60_000, lapsed)]


def test_customers_take_turns(queue: Database) -> None:
    assert take(queue, 7) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_what_a_customer_has_in_work_counts_as_turns_it_has_had(queue: Database) -> None:
    assert [take(queue, 1) for _ in range(5)] == [["a1"], ["b1"], ["c1"], ["a2"], ["b2"]]


def test_whose_work_has_ended_comes_first(queue: Database) -> None:
    take(queue, 5)  # a has two in work
    with queue.write() as session:
        for job in repository.held_by(session, "worker"):
            job.ended = job.model_id.startswith("a")
        session.add(Job(model_id="c1", dataset_id="d"))
    assert take(queue, 1) == ["a3"]


def test_a_lapsed_job_is_begun_again_in_its_turn(queue: Database) -> None:
    assert take(queue, 1) == ["a1"]
    assert take(queue, 2, lapsed=(1,)) == ["a1", "b1"]
