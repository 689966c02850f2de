"""`kill -9` while a database of the first revision is brought up to date, so many times, for both services.

Opened again, it is at the newest revision, whole, and every row of before is there as it was.
"""

import multiprocessing
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from numpy.random import Generator

from services.challenger import database as challenger
from services.challenger import tables as of_the_challenger
from services.database import Database
from services.mlaas import database as mlaas
from services.mlaas import tables as of_the_provider
from torture.found import Found

FULL, BRIEF = 100, 4
FIRST = "0001"
ROWS = 1_000  # of the largest table, so that the migration takes a while
DECLARED = (of_the_provider, of_the_challenger)  # their import declares the tables
OPENED_S = 60.0

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Service:
    name: str
    open: Callable[[Path], Database]
    migrations: Path


SERVICES = (
    Service("mlaas", mlaas.open_database, mlaas.MIGRATIONS),
    Service("challenger", challenger.open_database, challenger.MIGRATIONS),
)


@dataclass
class Tally:
    kills: int = 0
    halfway: int = 0
    rows: int = 0
    wrong: list[str] = field(default_factory=list)


def run(much: int, random: Generator, folder: Path) -> Found:
    processes, tally = multiprocessing.get_context("forkserver"), Tally()
    processes.set_forkserver_preload(["services.mlaas.tables", "services.challenger.tables", __name__])
    for service in SERVICES:
        old = folder / f"{service.name}-old"
        make_old(service, old, random)
        took_s = timed(service, old, folder / "timed", processes)
        for number in range(much // len(SERVICES)):
            data = folder / f"{service.name}-{number}"
            shutil.copytree(old, data)
            opening = opened(service, data, processes)
            time.sleep(random.uniform(0, took_s))
            opening.kill()
            opening.join()
            tally.kills += 1
            tally.halfway += opening.exitcode != 0
            check(service, old, data, tally)
            shutil.rmtree(data)
    done = {"kills": tally.kills, "of them before the end": tally.halfway, "rows compared": tally.rows}
    return Found(done, tally.wrong)


def opened(service: Service, data: Path, processes: Any) -> Any:
    """A process that opens the database, and has said that it begins to."""
    ours, theirs = processes.Pipe()
    opening = processes.Process(target=open_it, args=(service, data, theirs))
    opening.start()
    if not ours.poll(OPENED_S):
        raise TimeoutError("no process began to open the database")
    ours.recv()
    return opening


def open_it(service: Service, data: Path, begun: Any) -> None:
    begun.send(True)
    service.open(data).dispose()


def timed(service: Service, old: Path, data: Path, processes: Any) -> float:
    """Seconds from the beginning to the end, undisturbed."""
    shutil.copytree(old, data)
    opening, began = opened(service, data, processes), time.monotonic()
    opening.join()
    shutil.rmtree(data)
    return time.monotonic() - began


def make_old(service: Service, folder: Path, random: Generator) -> None:
    """A database of the first revision with rows in every table."""
    database = Database.in_folder(folder, service.name)
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(service.migrations))
    with database.writers.begin() as connection:
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, FIRST)
    database.dispose()
    with closing(sqlite3.connect(folder / f"{service.name}.sqlite")) as raw, raw:
        for table in tables_of(raw):
            fill(raw, table, random)


def tables_of(raw: sqlite3.Connection) -> list[str]:
    found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in found if name != "alembic_version"]


def fill(raw: sqlite3.Connection, table: str, random: Generator) -> None:
    """Rows that differ in every column; what refers to another table refers to its row of the same number."""
    columns = raw.execute(f"PRAGMA table_info({table})").fetchall()
    marks = ",".join("?" * len(columns))
    rows = [tuple(value(kind, number) for _, _, kind, *_ in columns) for number in range(1, ROWS + 1)]
    raw.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def value(kind: str, number: int) -> Any:
    if kind == "JSON":
        return f'{{"number": {number}}}'
    if kind in ("BLOB",):
        return bytes([number % 256])
    return number if kind in ("INTEGER", "BOOLEAN", "FLOAT") else f"{number}"


@dataclass(frozen=True)
class Content:
    """The rows of the columns that a file of the first revision has."""

    columns: dict[str, str]

    @classmethod
    def of(cls, file: Path) -> "Content":
        with closing(sqlite3.connect(file)) as raw:
            named = {table: raw.execute(f"PRAGMA table_info({table})").fetchall() for table in tables_of(raw)}
        return cls({table: ",".join(f'"{column[1]}"' for column in found) for table, found in named.items()})

    def rows(self, file: Path) -> Rows:
        with closing(sqlite3.connect(file)) as raw:
            return {
                table: raw.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
                for table, columns in self.columns.items()
            }


def check(service: Service, old: Path, data: Path, tally: Tally) -> None:
    try:
        service.open(data).dispose()
    except Exception as error:
        tally.wrong.append(f"{service.name} does not open after a kill: {error!r}"[:300])
        return
    before, after = (folder / f"{service.name}.sqlite" for folder in (old, data))
    content = Content.of(before)
    kept, found = content.rows(before), content.rows(after)
    tally.rows += sum(map(len, kept.values()))
    changed = [table for table in kept if kept[table] != found[table]]
    tally.wrong += [f"{service.name}: rows of {table} changed" for table in changed]
    with closing(sqlite3.connect(after)) as raw:
        for look, right in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            if (said := raw.execute(f"PRAGMA {look}").fetchall()) != right:
                tally.wrong.append(f"{service.name}: {look} says {said[:3]}")
