"""Trainings on records that are finite and extreme; before them, uploads of what is no table at all.

Every model type is trained on every kind of records, and served with every defence. Each training ends in a
model, whose answers to questions as extreme are finite, sum to 1 where no digits are taken from them, and are
the same in any batch and format; or it ends in a sentence. Uploads with too many columns, classes or
characters are refused. Labels that are formulas are labels, and the ledger's CSV has no cell that is one.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import httpx
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from services.mlaas.accounts.service import open_account
from services.mlaas.database import open_database
from services.web.bodies import NPY, encode_npy
from torture.found import Found
from torture.parties import Party, party
from torture.records.black_boxes import DEFENCES, PARAMETERS, defended, write
from torture.records.extremes import FEATURES, TABLES, Table

FULL, BRIEF = 60, 3
ROWS = 60
ALONE = 3  # questions asked again one by one
FORMULA = "=cmd|' /C calc'!A1"
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
TAKEN = ("rounding", "top_k")  # of these rows need not sum to 1
CSV = "text/csv"


def run(much: int, random: Generator, folder: Path) -> Found:
    write(folder / "profiles")
    more = ("--workers", "2", "--profiles", str(folder / "profiles"))
    with party("services.mlaas", folder / "provider", *more) as server, Customer(server.url) as owner:
        trial = Extremes(owner, random)
        trial.upload_no_tables()
        kinds = list(product(PARAMETERS, TABLES))
        for number in range(0, much, len(kinds)):
            drawn = random.permutation(len(kinds))[: much - number]
            trial.train([kinds[place] for place in drawn])
        formulas = trial.formulas_in_csv(server)
    done = {
        "trainings": trial.trainings,
        "models asked": trial.models,
        "answers": trial.answers,
        "uploads refused": trial.refused,
        "cells of CSV read": formulas,
    }
    return Found(done, trial.wrong, {"trainings that failed with a sentence": trial.failed})


@dataclass
class Extremes:
    owner: Customer
    random: Generator
    trainings: int = 0
    failed: int = 0
    models: int = 0
    answers: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def upload_no_tables(self) -> None:
        for what, body in no_tables().items():
            kind = NPY if body.startswith(b"\x93NUMPY") else CSV
            answer = self.owner.post("/v1/datasets", content=body, headers={"Content-Type": kind})
            self.refused += 1
            if answer.status_code != 422 or len(answer.content) > 2_000:
                self.wrong.append(f"{what} was answered {answer.status_code}: {answer.text[:200]}")

    def train(self, kinds: list[tuple[str, str]]) -> None:
        """All of them at once; then each is asked when it has ended."""
        begun = [(kind, of, self.begin(kind, of)) for kind, of in kinds]
        for kind, of, model in begun:
            self.trainings += 1
            if not self.ready(model, f"{kind} on {of}"):
                continue
            served = {defence: self.serve(model, defended(kind, defence)) for defence in DEFENCES}
            self.ask(model, None, f"{kind} on {of}")
            for defence, other in served.items():
                if self.ready(other, f"{kind} with {defence} on {of}"):
                    self.ask(other, defence, f"{kind} with {defence} on {of}")

    def begin(self, kind: str, of: str) -> str:
        labels = np.arange(ROWS) % 2
        dataset = self.owner.upload(np.column_stack([labels, TABLES[of](ROWS, self.random)]))
        names = [{"name": str(number)} for number in range(FEATURES)]
        declared = {"features": names, "shape": [2, 3]}
        self.owner.patch(f"/v1/datasets/{dataset}", json=declared).raise_for_status()
        return self.owner.train(dataset, kind)

    def serve(self, model: str, profile: str) -> str:
        served: str = self.owner.post("/v1/models", json={"from": model, "profile": profile}).json()["id"]
        return served

    def ready(self, model: str, what: str) -> bool:
        state = "queued"
        while state in ("queued", "training"):
            document = self.owner.get(f"/v1/models/{model}", headers={"Prefer": "wait=50"}).json()
            state = document["state"]
        if state == "ready":
            return True
        self.failed += 1
        if state != "failed" or not document["error"]:
            self.wrong.append(f"{what} ended {state} without a reason")
        return False

    def ask(self, model: str, defence: str | None, what: str) -> None:
        """About the extremes of all kinds, in either format."""
        self.models += 1
        table = np.concatenate([make(ALONE, self.random) for make in TABLES.values()])
        together = self.answered(model, table, what)
        if together is None:
            return
        if not (np.isfinite(together).all() and together.min() >= 0 and together.max() <= 1 + 1e-6):
            self.wrong.append(f"{what}: answers from {together.min()} to {together.max()}")
        if defence not in TAKEN and not np.allclose(together.sum(axis=1), 1, atol=1e-5):
            self.wrong.append(f"{what}: rows sum to {together.sum(axis=1)}")
        for row in self.random.permutation(len(table))[:ALONE]:
            alone = self.answered(model, table[row : row + 1], what)
            if alone is not None and not np.array_equal(alone[0], together[row]):
                self.wrong.append(f"{what}: a record has another answer alone")
        in_json = self.owner.post(f"/v1/models/{model}/predict", json={"instances": table.tolist()})
        self.answers += 1
        if in_json.status_code != 200:
            self.wrong.append(f"{what} answers {in_json.status_code} in JSON: {in_json.text[:200]}")
        elif not np.array_equal(np.array(in_json.json()["predictions"], "f4"), together):
            self.wrong.append(f"{what}: other answers in JSON")

    def answered(self, model: str, table: Table, what: str) -> NDArray[np.float32] | None:
        answer = self.owner.post(
            f"/v1/models/{model}/predict", content=encode_npy(table), headers={"Content-Type": NPY}
        )
        self.answers += 1
        if answer.status_code != 200:
            self.wrong.append(f"{what} answers {answer.status_code}: {answer.text[:200]}")
            return None
        found: NDArray[np.float32] = np.load(io.BytesIO(answer.content))
        return found

    def formulas_in_csv(self, server: Party) -> int:
        """How many cells of the ledger there are, which has keys of the customers' choosing."""
        rows = [f"{FORMULA},1,2", '"@SUM(1)",3,4', "+1,5,6", *(f"-{number},1,1" for number in range(3))]
        sent = self.owner.post(
            "/v1/datasets", content="\n".join(rows), headers={"Content-Type": CSV}, params={"name": FORMULA}
        )
        model = self.owner.train(sent.raise_for_status().json()["id"], "random_forest")
        if not self.ready(model, "formulas as labels"):
            self.wrong.append("formulas as labels are not learned")
            return 0
        for first in FORMULAS[:4]:
            key = {"Idempotency-Key": first + FORMULA}
            body = {"instances": [[1, 2]]}
            self.owner.post(f"/v1/models/{model}/predict", json=body, headers=key).raise_for_status()
        cells = list(cells_of(operators_ledger(server, model)))
        if sum(FORMULA in cell for cell in cells) != len(FORMULAS[:4]):
            self.wrong.append("the ledger does not show the keys that are formulas")
        self.wrong += [f"a cell of the ledger is {cell!r}" for cell in cells if cell.startswith(FORMULAS)]
        return len(cells)


def operators_ledger(server: Party, model: str) -> str:
    database = open_database(server.data)
    with database.write() as session:
        _, key = open_account(session, is_admin=True)
    database.dispose()
    headers = {"Authorization": f"Bearer {key}", "Accept": CSV}
    of_model = {"model_id": model}
    return httpx.get(f"{server.url}/v1/queries", params=of_model, headers=headers).raise_for_status().text


def cells_of(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text)):
        yield from row


def no_tables() -> dict[str, bytes]:
    def lines(*texts: str) -> bytes:
        return "\n".join(texts).encode()

    wide = ",".join("1" for _ in range(10**6))
    return {
        "10^6 columns in CSV": lines(wide, wide),
        "20,002 columns in CSV": lines(",".join("1" for _ in range(20_002))),
        "20,002 columns in NPY": encode_npy(np.zeros((2, 20_002), "u1")),
        "a line of 4 MiB": b"a," + b"1" * 2**22,
        "a cell that never closes": b'a,"' + b"1\n" * 2**21,
        "a class for every record": lines(*(f"class {number},1" for number in range(5_000))),
        "a class for every record in NPY": encode_npy(np.arange(10_000.0).reshape(-1, 2)),
        "labels that no integer holds": encode_npy(np.full((2, 2), 1e300)),
        "labels beyond 64 bits": encode_npy(np.full((2, 2), 2.0**63)),
        "a label of 10,000 characters": lines("a" * 10_000 + ",1"),
        "numbers beyond all bounds": lines("a,1e999", "b,2"),
        "NaN": lines("a,1", "b,nan"),
        "an infinity in NPY": encode_npy(np.array([[0, 1], [1, np.inf]])),
        "no numbers": lines("a,=1+1", "b,=cmd|calc"),
        "lines of several lengths": lines("a,1,2", "b,1"),
        "zeros in a text": b"a\0b,1\nc,2",
        "UTF-16": "a,1\nb,2".encode("utf-16"),
        "nothing but line ends": b"\n" * 2**20,
        "nothing but commas": b"," * 2**16,
        "JSON": json.dumps([[0, 1], [1, 2]]).encode(),
    }
