"""What a game has come to at its owner's, and what its seed says that it must come to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import load
from services.challenger.knowledge import table
from services.challenger.split import Draw, split
from services.web.keys import owner_of
from torture.books import Books


class Owner:
    """Of one game; `data` is the challenger's folder, `books` the provider's."""

    def __init__(self, game_id: str, data: Path, datasets: Path, books: Books) -> None:
        self.game_id, self.data, self.datasets, self.books = game_id, data, datasets, books
        row = self.read("SELECT * FROM game WHERE id = ?")[0]
        drawn = {field.name: row[field.name] for field in fields(Draw)}
        self.draw = Draw(**drawn | {"null": bool(row["null"])})
        self.account = owner_of(row["provider_key"])

    def read(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.data / "challenger.sqlite", timeout=60)) as database:
            database.row_factory = sqlite3.Row
            return database.execute(statement, [self.game_id]).fetchall()

    def drawn(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The candidates (N, 1+D) and the membership (T, N) that the seed gives."""
        records = load(self.draw.dataset, self.datasets)
        secret = (self.data / "secret").read_bytes()
        divided = split(self.draw, records.features, self.draw.generator(secret))
        return table(records.take(divided.candidates)), divided.membership

    def wrong_trainings(self) -> Iterator[str]:
        """The targets are trained once each, and that is all that there is."""
        targets = {row["model_id"] for row in self.read("SELECT model_id FROM target WHERE game_id = ?")}
        columns = "m.id, m.state, m.visibility, count(j.id), max(j.attempt)"
        of = "FROM model m LEFT JOIN job j ON j.model_id = m.id WHERE m.account_id = ? GROUP BY m.id"
        for model, *trained in self.books.read(f"SELECT {columns} {of}", [self.account]):
            if model not in targets:
                yield f"a model is the owner's and no target: {model}"
            elif trained != ["ready", "public", 1, 1]:
                yield f"a target is {trained}, as state, visibility, jobs, attempts"
            targets.discard(model)
        yield from (f"a target was never trained: {model}" for model in targets)
        [(datasets,)] = self.books.read("SELECT count(*) FROM dataset WHERE account_id = ?", [self.account])
        if datasets != self.draw.targets:
            yield f"{datasets} data sets were uploaded for {self.draw.targets} targets"
        if left := list((self.data / "games").glob(".partial-*")):
            yield f"{len(left)} half-written folders were left"

    def wrong_charges(self) -> Iterator[str]:
        """To close a game, each target is asked once about each candidate."""
        asked = "SELECT model_id, count(*), sum(records) FROM query WHERE account_id = ? GROUP BY model_id"
        charged = [tuple(sums) for _, *sums in self.books.read(asked, [self.account])]
        if charged != [(1, self.draw.candidates)] * self.draw.targets:
            yield f"the closing was charged {charged}, as requests and records by target"
