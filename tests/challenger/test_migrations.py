"""The migrations make the tables that the code has."""

from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.challenger.database import MIGRATIONS, open_database
from services.challenger.games import repository
from services.database import Database

FIRST_GAME = {
    **dict.fromkeys(("dataset", "seed", "inclusion", "profile", "access", "owner_key_sha256"), "as it was"),
    **dict.fromkeys(("members", "targets", "null", "canaries", "known", "ordinal"), 0),
    **dict.fromkeys(("max_submissions", "created_at"), 7),
    **dict.fromkeys(("options", "knowledge"), "{}"),
    "id": "g-1",
    "state": "closed",
}


def test_a_game_of_the_first_revision_is_kept(tmp_path: Path) -> None:
    database = Database.in_folder(tmp_path, "challenger")
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    columns = ", ".join(f'"{name}"' for name in FIRST_GAME)
    values = ", ".join(f":{name}" for name in FIRST_GAME)
    with database.writers.begin() as connection:
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, "0001")
        connection.execute(text(f"INSERT INTO game ({columns}) VALUES ({values})"), FIRST_GAME)
        connection.execute(text("INSERT INTO target (game_id, \"index\", model_id) VALUES ('g-1', 0, 'm-1')"))
    database.dispose()
    database = open_database(tmp_path)
    with database.read() as session:
        game = repository.by_id(session, "g-1")
        assert game is not None
        assert (game.overlap, game.generalisation, game.twin_of, game.closed_at) == (0.0, None, None, 7)
        assert (game.profile, game.max_submissions, game.models[0].model_id) == ("as it was", 7, "m-1")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.writers.begin() as connection:
        connection.execute(text("DELETE FROM game"))  # its target refers to it, as it did before
    alike = {**FIRST_GAME, "id": "g-2"}
    with pytest.raises(IntegrityError, match="UNIQUE"), database.writers.begin() as connection:
        connection.execute(text(f"INSERT INTO game ({columns}, overlap) VALUES ({values}, 0)"), alike)
    with database.writers.begin() as connection:
        twin = f"INSERT INTO game ({columns}, overlap, twin_of) VALUES ({values}, 0, 'g-1')"
        connection.execute(text(twin), alike)
    database.dispose()
