"""SQLite through SQLAlchemy for both servers: one engine to read, one to write, migrations by alembic."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import orjson
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import BigInteger, Connection, Engine, Integer, create_engine, event
from sqlalchemy.orm import Session

from services.mistake import Mistake

# Unnamed constraints cannot be dropped by a later migration.
NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Milliseconds since 1970 need 64 bits; SQLite numbers rows by INTEGER alone, which has them.
COLUMN_TYPES: dict[Any, Any] = {int: BigInteger().with_variant(Integer(), "sqlite")}
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class NewerDatabase(Mistake):
    """The database was written by a newer version of this program."""


class Database:
    """Sessions on one database: `read()` never blocks a writer, `write()` commits as a whole.

    A write takes SQLite's lock at its start (BEGIN IMMEDIATE): a transaction that reads first and
    then asks for the lock fails at once under WAL, whatever the busy timeout.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.readers = _engine(url, None)
        self.writers = _engine(url, "BEGIN IMMEDIATE")
        self.in_process = threading.Lock()  # threads wait here, in turn, and not in SQLite's busy loop

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> "Database":
        folder.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{folder / name}.sqlite")

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.readers, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.in_process, Session(self.writers, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def put(self) -> Iterator[Connection]:
        """As `write`, without a session's bookkeeping: for rows that are only ever added and counted."""
        with self.in_process, self.writers.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self.readers.dispose()
        self.writers.dispose()


def _engine(url: str, begin: str | None) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=32, json_deserializer=orjson.loads)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's old rules
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    if begin is not None:

        @event.listens_for(engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    return engine


def migrate(database: Database, migrations: Path) -> None:
    """Bring the tables to the newest revision; raises NewerDatabase rather than touch a newer one."""
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(migrations).replace("%", "%%"))
    script = ScriptDirectory.from_config(configuration)
    with _unreferenced(database.writers) as connection:
        configuration.attributes["connection"] = connection
        try:
            with_known_revision(script, connection)
            alembic.command.upgrade(configuration, "head")
        except CommandError as error:
            raise NewerDatabase(
                f"{database.url} was written by a newer version; install that one or choose another folder"
            ) from error


@contextmanager
def _unreferenced(engine: Engine) -> Iterator[Connection]:
    """A transaction in which SQLite lets a table go that others refer to: to change it is to make it anew."""
    with engine.connect() as connection:
        _watch_references(connection, "OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            _watch_references(connection, "ON")


def _watch_references(connection: Connection, state: str) -> None:
    """Outside of a transaction; inside of one it would do nothing."""
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.execute(f"PRAGMA foreign_keys={state}")


def with_known_revision(script: ScriptDirectory, connection: Any) -> None:
    from alembic.migration import MigrationContext

    for revision in MigrationContext.configure(connection).get_current_heads():
        script.get_revision(revision)
