"""Each service's database has the tables of its code, and one of a later version is left alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text

from services.challenger import database as challenger
from services.challenger import tables as of_the_challenger
from services.database import Database, NewerDatabase
from services.mlaas import database as mlaas
from services.mlaas import tables as of_the_provider

SERVICES = [
    pytest.param(mlaas.open_database, mlaas.Base.metadata, id="mlaas"),
    pytest.param(challenger.open_database, challenger.Base.metadata, id="challenger"),
]
DECLARED = (of_the_provider, of_the_challenger)  # their import declares the tables


@pytest.mark.parametrize(("opened", "declared"), SERVICES)
def test_the_newest_revision_has_the_tables_of_the_code(
    tmp_path: Path, opened: Callable[[Path], Database], declared: MetaData
) -> None:
    database = opened(tmp_path)
    with database.readers.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), declared) == []
    database.dispose()
    assert declared.tables


@pytest.mark.parametrize(("opened", "declared"), SERVICES)
def test_a_newer_database_is_left_alone(
    tmp_path: Path, opened: Callable[[Path], Database], declared: MetaData
) -> None:
    database = opened(tmp_path)
    with database.writers.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    with pytest.raises(NewerDatabase, match="newer version"):
        opened(tmp_path)
