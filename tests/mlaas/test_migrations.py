"""The migrations make the tables that the code has, and keep what was there."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from services.database import Database
from services.mlaas.database import MIGRATIONS, open_database
from services.mlaas.jobs import repository as jobs
from services.mlaas.ledger import repository as ledger
from services.mlaas.models import repository as models

FIRST_ROWS = {
    "account": {"id": "a-1", "key_sha256": "k", "is_admin": 0, "created_at": 1},
    "dataset": {
        "id": "d-1",
        "account_id": "a-1",
        "name": "n",
        "sha256": "s",
        "read_as": "npy",
        "rows": 9,
        "features": 2,
        "classes": "[]",
        "bytes": 1,
        "created_at": 2,
    },
    "model": {
        "id": "m-1",
        "account_id": "a-1",
        "dataset_id": "d-1",
        "request_sha256": "r",
        "profile": "tiny",
        "options": "{}",
        "training_rows": 9,
        "holdout": 0,
        "seed": 3,
        "features": 2,
        "classes": "[]",
        "visibility": "public",
        "state": "ready",
        "artifact": "f",
        "created_at": 4,
    },
    "job": {"id": 1, "model_id": "m-1", "dataset_id": "d-1", "ended": 1, "attempt": 1, "lease_expires_at": 0},
    "query": {
        "id": 5,
        "at": 6,
        "account_id": "a-1",
        "model_id": "m-1",
        "records": 7,
        "request_id": "q",
        "request_sha256": "r",
    },
    "usage": {"account_id": "a-1", "model_id": "m-1", "requests": 1, "records": 7},
}


def add(connection: Connection, table: str, row: dict[str, object]) -> None:
    columns, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)


@pytest.fixture
def upgraded(tmp_path: Path) -> Database:
    """A database that began as the first revision, with a row in every table."""
    database = Database.in_folder(tmp_path, "mlaas")
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    with database.writers.begin() as connection:
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, "0001")
        for table, row in FIRST_ROWS.items():
            add(connection, table, row)
    database.dispose()
    return open_database(tmp_path)


def test_what_the_first_revision_had_is_kept(upgraded: Database) -> None:
    with upgraded.read() as session:
        model, job = models.by_id(session, "m-1"), jobs.of_model(session, "m-1")
        assert model is not None
        assert job is not None
        assert (model.artifact, model.visibility, model.served_from, model.guard) == (
            "f",
            "public",
            None,
            None,
        )
        assert (job.ended, job.report_id) == (True, None)
        [query], [usage] = ledger.queries(session, 0, 9, None), ledger.usage(session, "a-1")
        assert (query.records, query.sketch, usage.records) == (7, None, 7)
    upgraded.dispose()


def test_after_it_references_hold_and_a_model_may_have_several_jobs(upgraded: Database) -> None:
    with upgraded.writers.begin() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        add(connection, "job", FIRST_ROWS["job"] | {"id": 2})
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), upgraded.writers.begin() as connection:
        connection.execute(text("DELETE FROM model"))
    upgraded.dispose()


def test_a_process_killed_while_it_made_the_database_is_followed_by_another(tmp_path: Path) -> None:
    """What it leaves is a file half-written, and beside it the journal by which SQLite undoes that."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with closing(sqlite3.connect(before / "mlaas.sqlite", isolation_level=None)) as killed:
        killed.execute("PRAGMA user_version = 0")
        killed.execute("VACUUM")  # a page, so that there is something to undo
        killed.execute("PRAGMA cache_size = 1")  # pages, so that the file is written before the commit
        killed.execute("BEGIN")
        killed.execute("CREATE TABLE half AS SELECT zeroblob(100000)")
        shutil.copytree(before, after)
    assert (after / "mlaas.sqlite-journal").stat().st_size > 0
    database = open_database(after)
    with database.read() as session:
        assert session.execute(text("SELECT name FROM sqlite_master WHERE name = 'half'")).all() == []
        assert models.by_id(session, "m-1") is None
    database.dispose()
