"""The thread that prepares games."""

from pathlib import Path

import pytest
from live import eventually
from sqlalchemy import text

from services.challenger.database import open_database
from services.challenger.games.preparation import Preparation
from services.challenger.settings import Settings


def test_a_failing_database_does_not_end_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = open_database(tmp_path)
    with database.writers.begin() as connection:
        connection.execute(text("ALTER TABLE game RENAME TO elsewhere"))
    preparation = Preparation(Settings(data=tmp_path), database, b"s" * 32)
    preparation.start()
    eventually(lambda: "the database failed" in caplog.text)
    assert preparation.alive
    preparation.stop()
    assert not preparation.alive
    database.dispose()
