"""The challenger's tables and how its database is opened."""

import time
from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from services.database import COLUMN_TYPES, NAMING_CONVENTION, Database, migrate

MIGRATIONS = Path(__file__).parent / "migrations"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = COLUMN_TYPES


def open_database(folder: Path) -> Database:
    """The database in `folder`, at the newest revision; raises NewerDatabase."""
    database = Database.in_folder(folder, "challenger")
    migrate(database, MIGRATIONS)
    return database


def now_ms() -> int:
    """Milliseconds since 1970, UTC: how every time is stored."""
    return time.time_ns() // 1_000_000
