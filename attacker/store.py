"""The run folder: everything asked, answered and paid, so that a run can go on or be analysed again."""

import io
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import Count
from attacker.errors import ConfigurationError, RunInUse
from attacker.ledger import QUERIES, Cost, Entry

FILE = "run.sqlite"
VERSION = 3
MOST_KEYS = 10_000  # in one SELECT; SQLite takes 32,766

TABLES = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE shadow (
    number INTEGER PRIMARY KEY, model TEXT NOT NULL, member BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'planned', error TEXT);
CREATE TABLE answer (
    model TEXT, record BLOB, repeat INTEGER, probabilities BLOB NOT NULL,
    PRIMARY KEY (model, record, repeat)) WITHOUT ROWID;
CREATE TABLE observation (
    model TEXT, probe TEXT, record BLOB, seen BLOB NOT NULL,
    PRIMARY KEY (model, probe, record)) WITHOUT ROWID;
CREATE TABLE checkpoint (lane INTEGER PRIMARY KEY, steps INTEGER NOT NULL, state BLOB NOT NULL);
CREATE TABLE harvest (lane INTEGER, step INTEGER, arrays BLOB NOT NULL, PRIMARY KEY (lane, step));
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, phase TEXT NOT NULL, model TEXT NOT NULL, records INTEGER NOT NULL,
    requests INTEGER NOT NULL, bytes INTEGER NOT NULL, seconds REAL NOT NULL, money REAL NOT NULL);
CREATE TABLE score (
    attack TEXT UNIQUE, parameters TEXT NOT NULL, targets INTEGER NOT NULL, scores BLOB NOT NULL,
    decisions BLOB NOT NULL, access TEXT NOT NULL, probabilities INTEGER NOT NULL);
CREATE TABLE session (number INTEGER PRIMARY KEY, began REAL NOT NULL, last REAL NOT NULL);
"""


Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Shadow:
    """A planned shadow model, which learns the rows `member` (n,) of the pool, and how its training ended."""

    number: int
    model: str
    member: NDArray[np.int64]
    state: str  # planned, ready, failed, cancelled
    error: str | None


@dataclass(frozen=True, eq=False)
class Judged:
    """An attack's `scores` (T, N) float64, `decisions` (T, N) bool, and its parameters.

    `access` is what its shadow models may have learned; `probabilities`, whether that is what scores are.
    """

    attack: str
    parameters: Mapping[str, Any]
    scores: NDArray[np.float64]
    decisions: NDArray[np.bool_]
    access: str
    probabilities: bool


class Store:
    """One run's file. Only one process may have it open, and only the thread that opened it uses it.

    The journal is WAL with synchronous NORMAL: a killed process loses nothing that was committed. A power
    cut may lose the last commits, never the file's integrity; what was lost is asked again under the same
    key and costs nothing.
    """

    def __init__(self, folder: Path) -> None:
        """Raises RunInUse while another process has it, ConfigurationError for another program's file."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.path = folder, folder / FILE
        self.path.touch(mode=0o600)  # it holds the account's key
        self.connection = sqlite3.connect(self.path, isolation_level=None, timeout=1.0)
        try:
            self.check()
            self.prepare()
        except sqlite3.Error as error:
            self.connection.close()
            raise self.refusal(error) from error

    def check(self) -> None:
        """Without a right to write: who has one, and closes the file, puts the journal into it.

        Unless a rollback journal lies beside the file, for a process was killed while it made this: what that
        had begun must be undone first.
        """
        mode = "rw" if self.path.with_name(f"{FILE}-journal").exists() else "ro"
        looking = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=1.0)
        pragmas = "pragma_user_version, pragma_page_count, pragma_page_size"
        with closing(looking):
            version, pages, page_bytes = looking.execute(f"SELECT * FROM {pragmas}").fetchone()
        journal = self.path.with_name(f"{FILE}-wal")  # what is in it need not be in the file
        if self.path.stat().st_size < pages * page_bytes and not (
            journal.exists() and journal.stat().st_size
        ):
            raise sqlite3.DatabaseError("it is cut short; restore it from a backup")  # SQLite would add zeros
        if version > VERSION:
            raise sqlite3.DatabaseError("a newer version wrote it; install that")
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"its version is {version}, this attacker's is {VERSION}")

    def prepare(self) -> None:
        run = self.connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN EXCLUSIVE")  # nothing is written, not even the journal's mode, before the file is known
        if run("PRAGMA user_version").fetchone() == (0,):
            self.create()
        run("COMMIT")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        self.path.with_name(f"{FILE}-shm").unlink(missing_ok=True)  # who alone has the file needs none

    def create(self) -> None:
        if self.connection.execute("SELECT name FROM sqlite_master").fetchone():
            raise sqlite3.DatabaseError("it is another program's database")
        for statement in TABLES.split(";\n"):
            self.connection.execute(statement)
        self.connection.execute(f"PRAGMA user_version = {VERSION}")

    def refusal(self, error: sqlite3.Error) -> Exception:
        if "locked" in str(error):
            return RunInUse(f"Another process works in {self.folder}; wait for it or choose another --out.")
        return ConfigurationError(f"{self.path} is no run of this attacker ({error}); choose another --out.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; the run's working time is brought up to date with it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            latest = "UPDATE session SET last = ? WHERE number = (SELECT max(number) FROM session)"
            self.connection.execute(latest, (time.time(),))
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    # Facts: whatever is decided once and must stay, by name.

    def fact(self, name: str) -> Any:
        """A kept fact, or None."""
        row = self.connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def keep(self, name: str, value: Any, *entries: Entry) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value)))
            enter(connection, entries)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The fact of that name; made and kept when there is none yet."""
        if (value := self.fact(name)) is None:
            self.keep(name, value := make())
        return value

    # Tables: arrays too large for a fact, a NPY file each.

    def write(self, name: str, array: NDArray[Any]) -> None:
        """Keep the array as `<name>.npy`, whole or not at all."""
        partial = self.folder / f"{name}.partial"
        with partial.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        partial.replace(self.folder / f"{name}.npy")

    def read(self, name: str) -> NDArray[Any]:
        return np.load(self.folder / f"{name}.npy", allow_pickle=False)  # type: ignore[no-any-return]

    def truth(self) -> NDArray[np.bool_] | None:
        """Who is a member, (T, N); None as long as it is not known."""
        return self.read("truth").astype(np.bool_) if (self.folder / "truth.npy").exists() else None

    def canaries(self) -> NDArray[np.bool_] | None:
        """Which candidates are canaries, (N,); None where there are none, or it is not known."""
        return self.read("canaries").astype(np.bool_) if (self.folder / "canaries.npy").exists() else None

    # Shadow models: planned together, and later more of them.

    def plan_shadows(self, shadows: Sequence[Shadow]) -> None:
        """Add these to the plan."""
        plan = [(shadow.number, shadow.model, packed(shadow.member)) for shadow in shadows]
        with self.transaction() as connection:
            connection.executemany("INSERT INTO shadow (number, model, member) VALUES (?, ?, ?)", plan)

    def shadows(self) -> list[Shadow]:
        query = "SELECT number, model, member, state, error FROM shadow ORDER BY number"
        return [
            Shadow(number, model, rows(member), state, error)
            for number, model, member, state, error in self.connection.execute(query)
        ]

    def end_training(self, shadow: Shadow, entry: Entry) -> None:
        """Keep how a training ended, and what it cost."""
        with self.transaction() as connection:
            query = "UPDATE shadow SET state = ?, error = ? WHERE number = ?"
            connection.execute(query, (shadow.state, shadow.error, shadow.number))
            enter(connection, [entry])

    def forget(self, *names: str) -> None:
        """These facts are no more; without a name, none is: begin anew, while nothing was paid."""
        with self.transaction() as connection:
            if not names:
                connection.execute("DELETE FROM fact")
            connection.executemany("DELETE FROM fact WHERE name = ?", [(name,) for name in names])

    # Answers: what a model said about a record, under the record's fingerprint.

    def answers(self, model: str, records: Sequence[bytes], repeat: int = 0) -> dict[bytes, bytes]:
        """The answers there are to these fingerprints: float32 bytes, one value a class."""
        return dict(self.of_these("record, probabilities", model, records, repeat))

    def answered(self, model: str, records: Sequence[bytes], repeat: int = 0) -> set[bytes]:
        """Which of these fingerprints have an answer."""
        return {record for (record,) in self.of_these("record", model, records, repeat)}

    def of_these(self, what: str, model: str, records: Sequence[bytes], repeat: int) -> Iterator[Any]:
        for start in range(0, len(records), MOST_KEYS):
            keys = records[start : start + MOST_KEYS]
            marks = ",".join("?" * len(keys))
            query = f"SELECT {what} FROM answer WHERE model = ? AND repeat = ? AND record IN ({marks})"
            yield from self.connection.execute(query, (model, repeat, *keys))

    def add_answers(
        self, records: Sequence[bytes], probabilities: NDArray[np.float32], entry: Entry, repeat: int = 0
    ) -> None:
        """Keep a request's answers and what it cost, together."""
        rows = (
            (entry.model, record, repeat, row.tobytes())
            for record, row in zip(records, probabilities, strict=True)
        )
        with self.transaction() as connection:
            connection.executemany("INSERT INTO answer VALUES (?, ?, ?, ?)", rows)
            enter(connection, [entry])

    def answers_of(self, model: str, repeat: int = 0) -> dict[bytes, bytes]:
        """Everything that the model answered when asked for the time `repeat`, by fingerprint."""
        query = "SELECT record, probabilities FROM answer WHERE model = ? AND repeat = ?"
        return dict(self.connection.execute(query, (model, repeat)))

    # Observations: what a probe saw around a record.

    def once_probe(self, probe: str, dtype: "np.dtype[Any]") -> None:
        """What kind of numbers that probe sees."""
        probes = self.fact("probes") or {}
        if probe not in probes:
            self.keep("probes", probes | {probe: dtype.str})

    def add_observations(
        self, model: str, probe: str, records: Sequence[bytes], seen: NDArray[Any], entries: Sequence[Entry]
    ) -> None:
        """Keep what was seen, (N, Q), and what the questions cost, together."""
        rows = ((model, probe, record, row.tobytes()) for record, row in zip(records, seen, strict=True))
        with self.transaction() as connection:
            connection.executemany("INSERT INTO observation VALUES (?, ?, ?, ?)", rows)
            enter(connection, entries)

    def observations(self, model: str, probe: str) -> dict[bytes, bytes]:
        """What that probe has seen of the model, by fingerprint."""
        query = "SELECT record, seen FROM observation WHERE model = ? AND probe = ?"
        return dict(self.connection.execute(query, (model, probe)))

    # Syntheses: where each search stands, and the records that it has found.

    def checkpoint(self, lane: int) -> tuple[int, Arrays] | None:
        """How many steps the search of that lane has taken, and its state then; None when it took none."""
        query = "SELECT steps, state FROM checkpoint WHERE lane = ?"
        row = self.connection.execute(query, (lane,)).fetchone()
        return (row[0], unpacked(row[1])) if row else None

    def add_step(self, lane: int, step: int, state: Arrays, harvest: Arrays | None, entry: Entry) -> None:
        """Keep a search's state after a step, what the step found, and what it cost, together."""
        with self.transaction() as connection:
            query = "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)"
            connection.execute(query, (lane, step + 1, packed_arrays(state)))
            if harvest is not None:
                query = "INSERT INTO harvest VALUES (?, ?, ?)"
                connection.execute(query, (lane, step, packed_arrays(harvest)))
            enter(connection, [entry])

    def harvests(self) -> list[Arrays]:
        """All that was found, in an order that does not depend on timing."""
        query = "SELECT arrays FROM harvest ORDER BY lane, step"
        return [unpacked(arrays) for (arrays,) in self.connection.execute(query)]

    # The ledger.

    def costs(self) -> dict[str, Cost]:
        """What each phase cost so far."""
        query = (
            "SELECT phase, sum(records), sum(requests), sum(bytes), sum(seconds), sum(money) "
            "FROM ledger GROUP BY phase ORDER BY min(number)"
        )
        return {phase: Cost(*sums) for phase, *sums in self.connection.execute(query)}

    def counts(self) -> dict[str, Count]:
        """Requests and records asked, by model."""
        marks = ",".join("?" * len(QUERIES))
        query = (
            f"SELECT model, sum(requests), sum(records) FROM ledger WHERE phase IN ({marks}) GROUP BY model"
        )
        return {model: Count(*sums) for model, *sums in self.connection.execute(query, QUERIES)}

    def asked(self) -> int:
        """Records asked so far, of all models."""
        return sum(count.records for count in self.counts().values())

    # Working time.

    def begin_session(self) -> None:
        """Work begins, or goes on after a wait for someone else that is not to count."""
        now = time.time()
        self.connection.execute("INSERT INTO session (began, last) VALUES (?, ?)", (now, now))

    def seconds(self) -> float:
        """How long the run has worked, over all its sessions."""
        return float(self.connection.execute("SELECT total(last - began) FROM session").fetchone()[0])

    # Scores.

    def judge(self, judged: Judged) -> None:
        """Keep what an attack made of the candidates, in place of what it made of them before."""
        values = (
            *(judged.attack, json.dumps(judged.parameters), judged.scores.shape[0]),
            *(judged.scores.tobytes(), judged.decisions.tobytes(), judged.access, judged.probabilities),
        )
        with self.transaction() as connection:
            query = """
                INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (attack) DO UPDATE SET parameters = excluded.parameters,
                targets = excluded.targets, scores = excluded.scores, decisions = excluded.decisions,
                access = excluded.access, probabilities = excluded.probabilities"""
            connection.execute(query, values)

    def judged(self) -> list[Judged]:
        """Every attack's judgement, in the order in which they were first made."""
        query = (
            "SELECT attack, parameters, targets, scores, decisions, access, probabilities "
            "FROM score ORDER BY rowid"
        )
        return [
            Judged(
                attack,
                json.loads(parameters),
                np.frombuffer(scores, np.float64).reshape(targets, -1),
                np.frombuffer(decisions, np.bool_).reshape(targets, -1),
                access,
                bool(probabilities),
            )
            for attack, parameters, targets, scores, decisions, access, probabilities in (
                self.connection.execute(query)
            )
        ]


def enter(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    query = "INSERT INTO ledger VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)"
    for entry in entries:
        cost = entry.cost
        row = (entry.phase, entry.model, cost.records, cost.requests, cost.bytes, cost.seconds, cost.money)
        connection.execute(query, row)


def packed_arrays(arrays: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpacked(blob: bytes) -> Arrays:
    with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
        return dict(arrays)


def packed(rows: NDArray[np.int64]) -> bytes:
    return rows.astype("<i4").tobytes()


def rows(packed: bytes) -> NDArray[np.int64]:
    return np.frombuffer(packed, "<i4").astype(np.int64)
