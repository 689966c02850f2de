"""SQLite or PostgreSQL through SQLAlchemy for both servers: an engine to read, one to write, migrations.

SQLite has one writer at a time, and the services rely on that. PostgreSQL has many, in several processes:
there a writer takes an advisory lock first, and what relied on the one writer relies on the lock.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from zlib import crc32

import alembic.command
import alembic.config
import orjson
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    NoSuchModuleError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from services.mistake import DatabaseAway, Mistake, Unstorable

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
LONGEST_WAIT_S = 10  # for other writers: first those of this process, and then those of others
PRAGMAS = (
    f"busy_timeout={1000 * LONGEST_WAIT_S}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)
# Of its own a connection keeps 2 MB of pages, and there is one for every thread that reads. What they read is
# in the system's memory already.
OF_READERS = ("cache_size=-256",)


# PostgreSQL: whoever waits longer than SQLite's writers would is told so, and a replica that vanished in the
# middle of a transaction gives back its locks.
LIMITS = f"-c lock_timeout={LONGEST_WAIT_S}s -c idle_in_transaction_session_timeout=60s"
READING = {"pool_size": 8, "max_overflow": 8}
WRITING = {"pool_size": 2, "max_overflow": 1}  # in a process one thread writes, and one puts
WRITES, TURNS = 1, 2  # classes of advisory locks
MOST_TURNS = 256  # a lock has a place in a table of the server that is some thousands long
# What SQLite says, and what to do about it.
REMEDIES = {
    "locked": "another process is writing; end it, or try again later",
    "full": "make room on its disk",
    "readonly": "let this user write there",
    "unable to open": "let this user write there",
    "disk I/O error": "see whether its disk is full, read-only or failing",
    "malformed": "restore it from a backup",
    "not a database": "restore it from a backup",
}
# What may be read only lets a transaction begin, and refuses this.
TOUCH = text("UPDATE alembic_version SET version_num = version_num")
LENGTH = text("SELECT * FROM pragma_page_count, pragma_page_size")


class NewerDatabase(Mistake):
    """The database was written by a newer version of this program."""


class UnknownDatabase(Mistake):
    """The URL names no database that can be opened here."""


class Database:
    """Sessions on one database: `read()` never blocks a writer, `write()` commits as a whole.

    Both raise DatabaseAway and Unstorable.

    A write takes SQLite's lock at its start (BEGIN IMMEDIATE): a transaction that reads first and
    then asks for the lock fails at once under WAL, whatever the busy timeout.
    """

    def __init__(self, url: str) -> None:
        self.readers = _engine(url, None, READING)
        self.writers = _engine(url, "BEGIN IMMEDIATE", WRITING)
        self.in_process = threading.Lock()  # threads wait here, in turn, and not in SQLite's busy loop
        self.one_writer = self.writers.dialect.name == "sqlite"

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> "Database":
        folder.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{folder / name}.sqlite")

    @property
    def place(self) -> str:
        """For people: the URL without its password."""
        return self.writers.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with _told(self), Session(self.readers, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with (
            _told(self),
            self._alone_in_process(),
            Session(self.writers, expire_on_commit=False) as session,
            session.begin(),
        ):
            alone(session.connection())
            yield session

    @contextmanager
    def _alone_in_process(self) -> Iterator[None]:
        if not self.in_process.acquire(timeout=LONGEST_WAIT_S):
            raise DatabaseAway(f"{self.place} is written to by others all the time; try again later")
        try:
            yield
        finally:
            self.in_process.release()

    def put(self, rows: Callable[[Connection], None]) -> None:
        """As `write`, without a session's bookkeeping: for rows that are only ever added and counted.

        On PostgreSQL several put at once: `in_turn` keeps apart those that must not meet. There `rows` are
        put once more from the start where another was in their way, or the server gone; not after the commit
        was sent: lost then, it may have been done. Raises DatabaseAway and what SQLAlchemy raises.
        """
        with self._alone_in_process() if self.one_writer else nullcontext():
            for may_fail in (not self.one_writer, False):
                with self.writers.connect() as connection, connection.begin() as transaction:
                    try:
                        rows(connection)
                    except (OperationalError, IntegrityError):
                        if not may_fail:
                            raise
                        transaction.rollback()
                    else:
                        transaction.commit()
                        return

    def dispose(self) -> None:
        self.readers.dispose()
        self.writers.dispose()


def alone(connection: Connection) -> None:
    """PostgreSQL: no other process writes until this transaction has ended; only `put` goes on."""
    if connection.dialect.name == "postgresql":
        connection.execute(TAKE, {"kind": WRITES, "numbers": [0]})


def in_turn(connection: Connection, names: Iterable[str]) -> None:
    """PostgreSQL: until this transaction has ended, no other has any of the `names` in turn.

    All are asked for at once, in one order: nobody waits for who waits for them.
    """
    if connection.dialect.name == "postgresql":
        numbers = sorted({crc32(name.encode()) % MOST_TURNS for name in names})
        connection.execute(TAKE, {"kind": TURNS, "numbers": numbers})


def after_all_turns(connection: Connection) -> None:
    """PostgreSQL: once all that had a turn have ended; their rows and no lower ones are there to be read."""
    if connection.dialect.name == "postgresql":
        connection.execute(TAKE, {"kind": TURNS, "numbers": list(range(MOST_TURNS))})


_number: ColumnElement[int] = func.unnest(bindparam("numbers", type_=ARRAY(Integer))).column_valued("number")
TAKE = select(func.pg_advisory_xact_lock(bindparam("kind", type_=Integer), _number))


def _engine(url: str, begin: str | None, pool: dict[str, int]) -> Engine:
    try:
        engine = create_engine(
            url, **_how_to_connect(url, pool), json_deserializer=orjson.loads, hide_parameters=True
        )
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise UnknownDatabase(
            "the database's URL cannot be used; it should look like postgresql+psycopg://USER@HOST/NAME"
        ) from error
    except ModuleNotFoundError as error:
        raise UnknownDatabase(
            f"{error.name} is not installed, which the database needs; `pip install penumbra[scale]`"
        ) from error
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's old rules
        for pragma in PRAGMAS if begin else (*PRAGMAS, *OF_READERS):
            connection.execute(f"PRAGMA {pragma}")

    if begin is not None:

        @event.listens_for(engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _how_to_connect(url: str, pool: dict[str, int]) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"pool_size": 8, "max_overflow": 32}
    # A look at the connection before each use: the server may have been begun again since the last.
    return {**pool, "pool_pre_ping": True, "connect_args": {"options": LIMITS, "connect_timeout": 10}}


def migrate(database: Database, migrations: Path) -> None:
    """Bring the tables to the newest revision; raises NewerDatabase rather than touch a newer one.

    Raises DatabaseAway, also where the tables are as they should be and cannot be written.

    All of it is one transaction, on SQLite, too: killed half way, it was not begun.
    """
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(migrations).replace("%", "%%"))
    script = ScriptDirectory.from_config(configuration)
    with _told(database), _not_newer(database):
        if database.one_writer:
            _look(database, script)
        with _unreferenced(database.writers) as connection:
            configuration.attributes["connection"] = connection
            if connection.dialect.name == "postgresql":
                # Another's migration may take its time.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
            alone(connection)
            with_known_revision(script, connection)
            alembic.command.upgrade(configuration, "head")
            connection.execute(TOUCH)


@contextmanager
def _told(database: Database) -> Iterator[None]:
    """What is not this program's fault, in a line."""
    try:
        yield
    except DataError as error:
        raise Unstorable("the database cannot hold a value; leave out zero characters") from error
    except (DatabaseError, NoConnectionFree) as error:
        if isinstance(error, IntegrityError | InternalError | ProgrammingError | NotSupportedError):
            raise  # what was asked is wrong, not the database
        why = str(getattr(error, "orig", error)).strip().splitlines()[-1]
        remedies = (remedy for sign, remedy in REMEDIES.items() if sign in why)
        remedy = next(remedies, "is it up, may this user?")
        raise DatabaseAway(f"{database.place} cannot be used ({why}); {remedy}") from error


@contextmanager
def _not_newer(database: Database) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise NewerDatabase(
            f"{database.place} was written by a newer version; install that or choose another database"
        ) from error


def _look(database: Database, script: ScriptDirectory) -> None:
    """Is it whole, and not newer? Without a right to write: who has one, and ends, empties the journal.

    Unless a rollback journal lies beside the file, for a process was killed while it made this: what that
    had begun must be undone first.
    """
    if not (file := Path(database.writers.url.database or "")).is_file():
        return
    mode = "rw" if file.with_name(f"{file.name}-journal").exists() else "ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=LONGEST_WAIT_S)

    looking = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with looking.connect() as connection:
        with_known_revision(script, connection)
        pages, page_bytes = connection.execute(LENGTH).one()
    journal = file.with_name(f"{file.name}-wal")  # what is in it need not be in the file
    if file.stat().st_size < pages * page_bytes and not (journal.exists() and journal.stat().st_size):
        # SQLite would read the rest of a page as zeros.
        raise DatabaseAway(f"{database.place} is cut short; restore it from a backup")


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
