"""The provider's tables and how its database is opened."""

import time
from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from services.database import COLUMN_TYPES, NAMING_CONVENTION, Database, migrate

MIGRATIONS = Path(__file__).parent / "migrations"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = COLUMN_TYPES


def open_database(folder: Path, url: str | None = None) -> Database:
    """The database of a URL, or that in `folder`, at the newest revision.

    Raises NewerDatabase, UnknownDatabase and DatabaseAway.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(url) if url else Database.in_folder(folder, "mlaas")
    migrate(database, MIGRATIONS)
    return database


def now_ms() -> int:
    """Milliseconds since 1970, UTC: how every time is stored."""
    return time.time_ns() // 1_000_000
