"""The provider's books as they lie on the disk: the ledger, its sums, jobs and models."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Logged(NamedTuple):
    row: int
    request_id: str
    model: str
    records: int
    key: str | None


@dataclass(frozen=True)
class Books:
    """Of a data folder, whoever else has it open."""

    data: Path

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with closing(sqlite3.connect(self.data / "mlaas.sqlite", timeout=60)) as database:
            return database.execute(statement, values).fetchall()

    def logged(self, after: int = 0) -> list[Logged]:
        """The ledger from a row on, oldest first."""
        columns = "id, request_id, model_id, records, idempotency_key"
        return [
            Logged(*row)
            for row in self.read(f"SELECT {columns} FROM query WHERE id > ? ORDER BY id", [after])
        ]

    def sums(self) -> dict[str, tuple[int, int]]:
        """Requests and records by model, from the rows of the ledger."""
        found = self.read("SELECT model_id, count(*), sum(records) FROM query GROUP BY model_id")
        return {model: (requests, records) for model, requests, records in found}
