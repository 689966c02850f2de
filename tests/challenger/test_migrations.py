"""The migrations make the tables that the code has."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from services.challenger import tables
from services.challenger.database import Base, open_database
from services.database import NewerDatabase


def test_the_newest_revision_has_the_tables_of_the_code(tmp_path: Path) -> None:
    assert tables.__all__
    database = open_database(tmp_path)
    with database.readers.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    database.dispose()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    with database.writers.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    with pytest.raises(NewerDatabase, match="newer version"):
        open_database(tmp_path)
