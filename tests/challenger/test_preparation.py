"""The thread that prepares games."""

from pathlib import Path

import pytest
from live import eventually
from sqlalchemy import text

from services.challenger.database import open_database
from services.challenger.files import PARTIAL
from services.challenger.games.preparation import Preparation
from services.challenger.settings import Settings
from services.challenger.uploads.folder import Uploads

SECRET = b"s" * 32


def test_a_failing_database_does_not_end_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = open_database(tmp_path)
    with database.writers.begin() as connection:
        connection.execute(text("ALTER TABLE game RENAME TO elsewhere"))
    preparation = Preparation(Settings(data=tmp_path), database, SECRET, Uploads(tmp_path / "up", 9))
    preparation.start()
    eventually(lambda: "games are looked at again" in caplog.text)
    assert preparation.alive
    preparation.stop()
    assert not preparation.alive
    database.dispose()


def test_what_a_killed_one_had_half_written_is_removed(tmp_path: Path) -> None:
    half = tmp_path / "games" / f"{PARTIAL}x"
    half.mkdir(parents=True)
    (half / "candidates.npy").write_bytes(b"half")
    database = open_database(tmp_path)
    preparation = Preparation(Settings(data=tmp_path), database, SECRET, Uploads(tmp_path / "up", 9))
    preparation.start()
    preparation.stop()
    database.dispose()
    assert not half.exists()
