"""A service or the attacker is started on a database that a later version wrote, so many times.

It refuses in one line that names the remedy, and no byte of the database or of its journal has changed. Every
other database was left by a process that was killed, so that its last rows are in the journal alone.
"""

import hashlib
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from numpy.random import Generator

from attacker.store import Store
from services.challenger.database import open_database as open_challenger
from services.database import Database
from services.mlaas.database import open_database as open_mlaas
from torture.found import Found
from torture.machine.command import NotRefused, refusal

FULL, BRIEF = 12, 1
LATER = 9999


@dataclass(frozen=True)
class Program:
    """How a database of a later version is made, and the command that is not to touch it."""

    module: str
    make: Callable[[Path], Any]
    command: tuple[str, ...]


def later_service(open_database: Callable[[Path], Database], folder: Path) -> Database:
    database = open_database(folder)
    with database.writers.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{LATER}'")
    return database


def later_run(folder: Path) -> Store:
    store = Store(folder)
    store.keep("configuration", {"of": "a later version"})
    store.connection.execute(f"PRAGMA user_version = {LATER}")
    return store


PROGRAMS = (
    Program("services.mlaas", partial(later_service, open_mlaas), ("serve", "--port", "0", "--data")),
    Program(
        "services.challenger", partial(later_service, open_challenger), ("serve", "--port", "0", "--data")
    ),
    Program("attacker", later_run, ("report",)),
    Program("services.mlaas", partial(later_service, open_mlaas), ("work", "--executor", "inline", "--data")),
)


def run(much: int, random: Generator, folder: Path) -> Found:
    wrong: list[str] = []
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    journals = 0
    for number in range(much):
        rounds, place = divmod(number, len(PROGRAMS))
        program, data = PROGRAMS[place], folder / str(number)
        left = processes.Process(target=leave, args=(program, data, (rounds + place) % 2 == 0))
        left.start()
        left.join()
        before = content(data)
        journals += any(name.endswith("-wal") and size for name, (size, _) in before.items())
        try:
            said = refusal(program.module, *program.command, str(data))
        except NotRefused as error:
            wrong.append(str(error))
            continue
        if "newer version" not in said or "install" not in said:
            wrong.append(f"{program.module} names no remedy: {said}")
        if content(data) != before:
            wrong.append(f"{program.module} changed the files: {before} became {content(data)}")
    return Found({"starts": much}, wrong, {"starts with rows in the journal": journals})


def leave(program: Program, folder: Path, killed: bool) -> None:
    made = program.make(folder)
    if killed:
        os._exit(9)
    if isinstance(made, Database):
        made.dispose()
    else:
        made.connection.close()


def content(folder: Path) -> dict[str, tuple[int, str]]:
    """Sizes and digests by name, of the database and of its journal; SQLite's index of that is nobody's."""
    files = [path for path in folder.iterdir() if ".sqlite" in path.name and not path.name.endswith("-shm")]
    return {
        path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
        if path.stat().st_size
    }
