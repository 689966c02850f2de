"""A game and its mirror at one challenger: all alike, but members and non-members exchanged in its files."""

import json
import re
import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.random import Generator

from services.challenger.files import GameFiles, load, save
from services.challenger.ids import new_id
from torture.contests.sight import submission
from torture.guesses.chance import Auc, auc
from torture.wire.line import Answer, Line

RANDOM = re.compile(rb'"request_id":"[^"]*"|s-[a-z2-7]{12}')
PASSING = {"date", "x-request-id"}
JSON = "application/json"
PARTS = ("", "/candidates", "/knowledge", "/membership", "/scoreboard")
TIMED = (*(f"/v1/games/{{}}{part}" for part in PARTS), "/games/{}")


class Exchanged:
    """The two games, until the challenger is gone; `data` is its folder."""

    def __init__(self, data: Path, line: Line, game_id: str) -> None:
        self.ids = game_id, new_id("g")
        self.files = [GameFiles(data / "games" / one) for one in self.ids]
        self.line = line
        shutil.copytree(self.files[0].folder, self.files[1].folder)
        exchange_the_truth(self.files[1])
        copy_rows(data / "challenger.sqlite", *self.ids)

    def swap(self) -> None:
        """Who of the two has which truth: what a place on the disk does to times does it to both."""
        one, two = self.files
        for file in (one.membership, one.canaries, *one.folder.glob("training-*")):
            other, aside = two.folder / file.name, file.with_name("aside")
            file.rename(aside)
            other.rename(file)
            aside.rename(other)

    def differing(self) -> tuple[int, list[str]]:
        """How many answers were compared, and those that are not the same to the byte."""
        handed_in = [self.ask("POST", f"/v1/games/{one}/submissions", self.claim(True)) for one in self.ids]
        submissions = [json.loads(answer.body)["id"] for answer in handed_in]
        asked = []
        for path, operations in json.loads(self.ask("GET", "/openapi.json").body)["paths"].items():
            for method in operations.keys() - {"parameters"}:
                both = zip(self.ids, submissions, strict=True)
                paths = [path.format(game_id=game, submission_id=handed) for game, handed in both]
                asked.append((f"{method.upper()} {path}", [self.ask(method.upper(), one) for one in paths]))
        asked.append(("the page", [self.ask("GET", f"/games/{one}") for one in self.ids]))
        pairs = [("an acknowledgement", handed_in), *asked]
        return len(pairs), [
            f"{name} differs between a game and the one with the truth exchanged"
            for name, answers in pairs
            if self.bare(answers[0]) != self.bare(answers[1])
        ]

    def times(self, rounds: int, random: Generator) -> dict[str, Auc]:
        """How well the time of each answer tells which truth a game has."""
        seconds: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for swapped in (False, True):
            for _ in range(rounds):
                for path in TIMED:
                    for one in random.permutation(2):
                        answer = self.ask("GET", path.format(self.ids[one]))
                        seconds[f"seconds of GET {path.format('')}"].append(
                            (answer.seconds, bool(one) != swapped)
                        )
            self.swap()
        return {name: between(found) for name, found in seconds.items()}

    def acknowledgements(self, rounds: int, random: Generator) -> tuple[Auc, bool]:
        """How well the time of an acknowledgement tells right scores from wrong; whether all else does."""
        seconds: list[tuple[float, bool]] = []
        bodies, seen = [self.claim(False), self.claim(True)], set()
        for _ in range(rounds):
            for right in random.permutation(2):
                answer = self.ask("POST", f"/v1/games/{self.ids[0]}/submissions", bodies[right])
                seconds.append((answer.seconds, bool(right)))
                seen.add((answer.status, str(self.bare(answer))))
        return between(seconds), len(seen) > 1

    def claim(self, right: bool) -> bytes:
        """The first game's membership as a submission, or the opposite."""
        return submission(load(self.files[0].membership) == right)

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        return self.line.ask(method, path, body, **({"Content_Type": JSON} if body else {}))

    def bare(self, answer: Answer) -> tuple[int, dict[str, str], bytes]:
        """Without what is random: request ids, the submission's, which of the two games it is."""
        body = RANDOM.sub(b"", answer.body)
        for one in self.ids:
            body = body.replace(one.encode(), b"")
        return answer.status, {n: v for n, v in answer.headers.items() if n not in PASSING}, body


def between(found: list[tuple[float, bool]]) -> Auc:
    seconds, worlds = zip(*found, strict=True)
    return auc(np.array(seconds), np.array(worlds))


def exchange_the_truth(files: GameFiles) -> None:
    """Members become non-members, and the others the canaries, as the files have it."""
    membership, candidates = ~load(files.membership), load(files.candidates)
    save(files.membership, membership)
    for target, member in enumerate(membership):
        save(files.training(target), candidates[member])
    save(files.canaries, ~load(files.canaries))


def copy_rows(database: Path, game_id: str, mirror_id: str) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.row_factory = sqlite3.Row
        game = dict(connection.execute("SELECT * FROM game WHERE id = ?", [game_id]).fetchone())
        insert(connection, "game", game | {"id": mirror_id, "seed": f"of {mirror_id}"})
        for target in connection.execute("SELECT * FROM target WHERE game_id = ?", [game_id]).fetchall():
            insert(connection, "target", dict(target) | {"game_id": mirror_id})


def insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
