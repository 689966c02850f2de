"""A stored file is damaged, so many times: weights, an uploaded dataset, a database, a run's file.

Weights are cut, emptied, overwritten with zeros or have a bit flipped; the others are cut. Whoever needs the
file gets a clear refusal and never a wrong answer, all else goes on, and restored it is used as before.
"""

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import httpx
import numpy as np
from numpy.random import Generator

from attacker.errors import AttackerError
from attacker.store import FILE, Store
from benchmarks.speed.customer import Customer
from services.mistake import Mistake
from services.mlaas.database import open_database
from services.web.bodies import NPY, encode_npy
from torture.books import Books
from torture.customers.asking import trained, two_clusters
from torture.found import Found
from torture.machine.damage import SHORTER, damaged
from torture.parties import provider

FULL, BRIEF = 100, 4
LITTLE_MEMORY = {"MLAAS_CACHE_BYTES": "1"}  # for one model: asked about another, the first is forgotten
WEIGHTS_TO_A_TRAINING = 4
QUESTION = np.linspace(-3, 6, 60, dtype="f4").reshape(10, 6)


def run(much: int, random: Generator, folder: Path) -> Found:
    with (
        patch.dict(os.environ, LITTLE_MEMORY),
        provider(folder / "provider") as api,
        Customer(api.url) as owner,
    ):
        damages = Damages(api.data, owner, random)
        for number in range(much):
            if number % WEIGHTS_TO_A_TRAINING:
                damages.of_weights()
            else:
                damages.of_a_dataset()
    for number in range(much):
        damages.of_a_run(folder / f"run-{number}")
        damages.of_a_database(api.data, folder / f"data-{number}")
    return Found(dict(damages.counts), damages.wrong)


class Damages:
    """To the files of a provider with two models, of which one is never damaged."""

    def __init__(self, data: Path, owner: Customer, random: Generator) -> None:
        self.data, self.owner, self.random = data, owner, random
        self.sound, self.hurt = (trained(owner, "tiny", random) for _ in range(2))
        self.right = {model: self.answer(model).content for model in (self.sound, self.hurt)}
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def answer(self, model: str) -> httpx.Response:
        headers = {"Content-Type": NPY, "Accept": NPY}
        return self.owner.post(f"/v1/models/{model}/predict", content=encode_npy(QUESTION), headers=headers)

    def must(self, held: bool, otherwise: str) -> None:
        if not held:
            self.wrong.append(otherwise)

    def as_before(self, model: str, when: str) -> None:
        answer = self.answer(model)
        right = answer.status_code == 200 and answer.content == self.right[model]
        self.must(right, f"{when}, a model answers otherwise: {answer.status_code} {answer.content[:200]!r}")

    def of_weights(self) -> None:
        [(artifact,)] = Books(self.data).read("SELECT artifact FROM model WHERE id = ?", [self.hurt])
        with damaged(self.data / "artifacts" / artifact, self.random) as way:
            self.counts[f"weights {way}"] += 1
            self.as_before(self.sound, f"weights of another {way}")
            logged = len(Books(self.data).logged())
            answer = self.answer(self.hurt)
            self.must(clear(answer), f"weights {way}: {answer.status_code} {answer.text[:200]}")
            self.must(len(Books(self.data).logged()) == logged, f"weights {way}: a refusal was charged")
            self.as_before(self.sound, f"after a refusal for weights {way}")
        self.as_before(self.hurt, "restored")

    def of_a_dataset(self) -> None:
        """Refused at once, or a training that fails and says why."""
        dataset = self.owner.upload(two_clusters(40, self.random))
        file = ("features.npy", "labels.npy")[int(self.random.integers(2))]
        with damaged(self.data / "datasets" / dataset / file, self.random, SHORTER) as way:
            self.counts[f"datasets {way}"] += 1
            asked = {"dataset_id": dataset, "profile": "tiny"}
            answer = self.owner.post("/v1/models", json=asked)
            if answer.status_code == 202:
                document = self.ended(answer.json()["id"])
                failed = document["state"] == "failed" and "upload" in document["error"]
                self.must(
                    failed, f"{file} {way}: the training is {document['state']}, {document.get('error')}"
                )
            else:
                self.must(clear(answer), f"{file} {way}: {answer.status_code} {answer.text[:200]}")
        model = self.owner.train(dataset, "tiny")
        self.must(self.ended(model)["state"] == "ready", f"{file} restored: the training does not succeed")

    def ended(self, model: str) -> dict[str, str]:
        while True:
            answer = self.owner.get(f"/v1/models/{model}", headers={"Prefer": "wait=20"})
            document: dict[str, str] = answer.raise_for_status().json()
            if document["state"] not in ("queued", "training"):
                return document

    def of_a_database(self, whole: Path, data: Path) -> None:
        """Of the provider, whole in its file: cut, it is refused and left as it is."""
        data.mkdir()
        with closing(sqlite3.connect(whole / "mlaas.sqlite")) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file = data / "mlaas.sqlite"
        shutil.copy(whole / "mlaas.sqlite", file)
        content = file.read_bytes()
        cut = content[: int(self.random.integers(1, len(content)))]
        file.write_bytes(cut)
        self.counts["databases cut"] += 1
        try:
            open_database(data).dispose()
            self.wrong.append(f"a database cut from {len(content)} bytes to {len(cut)} is opened")
        except Mistake as error:
            self.must("backup" in str(error), f"a cut database is refused without a remedy: {error}")
        self.must(file.read_bytes() == cut, "a cut database was changed by the refusal")

    def of_a_run(self, folder: Path) -> None:
        facts = {f"fact {number}": "x" * 500 for number in range(30)}
        with Store(folder) as store:
            for name, value in facts.items():
                store.keep(name, value)
        file = folder / FILE
        content = file.read_bytes()
        file.write_bytes(content[: int(self.random.integers(1, len(content)))])
        self.counts["runs cut"] += 1
        try:
            with Store(folder) as store:
                kept = {name: store.fact(name) for name in facts}
            self.must(kept == facts, f"a run cut from {len(content)} bytes goes on without what it had")
        except (AttackerError, sqlite3.Error):
            pass  # told in a line


def clear(answer: httpx.Response) -> bool:
    """A short problem that says that what was stored is damaged, and what to do."""
    problem = answer.headers["Content-Type"] == "application/problem+json"
    return problem and answer.status_code == 409 and answer.json()["type"].endswith("/damaged")
