"""Customers who sign up, upload, have models trained and ask them, while something is wrong around them."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from services.web.bodies import NPY, encode_npy
from torture.books import Books
from torture.customers.asking import two_clusters

MOST_DATASETS = 40  # kept at a time
MOST_ROWS = 2_000
LONGEST_PROBLEM = 2_000
ENDED = ("ready", "failed", "cancelled")
SETTLED_S = 180.0


@dataclass
class Customers:
    """Of one account and its ready `model`. What they were promised is kept, and checked afterwards."""

    url: str
    key: str
    model: str
    datasets: dict[str, NDArray[Any]] = field(default_factory=dict)
    trainings: list[str] = field(default_factory=list)
    charged: dict[str, int] = field(default_factory=dict)  # records, by the id of an answered request
    refused: list[str] = field(default_factory=list)  # ids of refused predictions
    counts: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @contextmanager
    def busy(self, random: Generator) -> Iterator[None]:
        """All of them, in this block."""
        over = threading.Event()
        ways = (self.sign_up, self.upload, self.train, self.ask, self.ask, self.ask)
        threads = [
            threading.Thread(target=self.go_on, args=(way, over, each))
            for way, each in zip(ways, random.spawn(len(ways)), strict=True)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def go_on(
        self, way: Callable[[httpx.Client, Generator], None], over: threading.Event, random: Generator
    ) -> None:
        with httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=120
        ) as client:
            while not over.is_set():
                try:
                    way(client, random)
                except httpx.TransportError as error:
                    self.wrong.append(f"{way.__name__}: no answer came ({type(error).__name__})")
                    over.wait(0.5)

    def sent(self, what: str, client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer, which is a success or a clear refusal."""
        began = time.monotonic()
        answer = client.request(method, path, **request)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.counts[f"{what} {'answered' if answer.is_success else 'refused'}"] += 1
        if not answer.is_success and (why := unclear(answer)):
            self.wrong.append(f"{what}: {why}: {answer.status_code} {answer.text[:300]}")
        return answer

    def sign_up(self, client: httpx.Client, random: Generator) -> None:
        self.sent("sign-ups", client, "POST", "/v1/accounts", json={})
        time.sleep(random.uniform(0, 0.1))

    def upload(self, client: httpx.Client, random: Generator) -> None:
        table = two_clusters(int(random.integers(10, MOST_ROWS)), random)
        body, kind = encode_npy(table), {"Content-Type": NPY}
        answer = self.sent("uploads", client, "POST", "/v1/datasets", content=body, headers=kind)
        if answer.is_success:
            self.datasets[answer.json()["id"]] = table
        if len(self.datasets) > MOST_DATASETS:
            oldest = next(iter(self.datasets))
            del self.datasets[oldest]
            self.sent("deletions", client, "DELETE", f"/v1/datasets/{oldest}")

    def train(self, client: httpx.Client, random: Generator) -> None:
        table = two_clusters(40, random)
        body, kind = encode_npy(table), {"Content-Type": NPY}
        uploaded = self.sent("uploads", client, "POST", "/v1/datasets", content=body, headers=kind)
        if not uploaded.is_success:
            return
        asked = {"dataset_id": uploaded.json()["id"], "profile": "tiny"}
        answer = self.sent("trainings", client, "POST", "/v1/models", json=asked)
        if answer.is_success:
            self.trainings.append(model := answer.json()["id"])
            self.sent("looks", client, "GET", f"/v1/models/{model}", headers={"Prefer": "wait=1"})

    def ask(self, client: httpx.Client, random: Generator) -> None:
        records = random.normal(size=(int(random.integers(1, 50)), 6)).astype("f4")
        body, kind = encode_npy(records), {"Content-Type": NPY}
        answer = self.sent(
            "predictions", client, "POST", f"/v1/models/{self.model}/predict", content=body, headers=kind
        )
        if answer.is_success:
            self.charged[answer.headers["X-Request-ID"]] = len(records)
        else:
            self.refused.append(answer.headers["X-Request-ID"])

    def settle(self, owner: Customer) -> None:
        """Until every training has ended; what is promised must then be there."""
        deadline = time.monotonic() + SETTLED_S
        for model in self.trainings:
            document = owner.get(f"/v1/models/{model}").json()
            while document["state"] not in ENDED and time.monotonic() < deadline:
                document = owner.get(f"/v1/models/{model}", headers={"Prefer": "wait=5"}).json()
            self.ended(owner, document)

    def ended(self, owner: Customer, document: dict[str, Any]) -> None:
        self.counts[f"trainings {document['state']}"] += 1
        if document["state"] == "failed" and not document["error"]:
            self.wrong.append(f"model {document['id']} failed without a reason")
        if document["state"] not in ENDED:
            self.wrong.append(f"model {document['id']} is {document['state']} for ever")
        if document["state"] == "ready":
            body, kind = encode_npy(np.zeros((2, 6), "f4")), {"Content-Type": NPY}
            answer = owner.post(f"/v1/models/{document['id']}/predict", content=body, headers=kind)
            if answer.status_code != 200:
                self.wrong.append(f"a ready model does not answer: {answer.status_code} {answer.text[:200]}")
            else:
                self.charged[answer.headers["X-Request-ID"]] = 2

    def check(self, owner: Customer, data: Path, *, removable: bool = True) -> None:
        """The books and the files of the provider against what was promised.

        removable: nothing forbade to remove what was not kept.
        """
        books = Books(data)
        logged = {one.request_id: one.records for one in books.logged()}
        self.wrong += [
            f"request {one} was charged {records}, and the ledger has {logged.get(one)}"
            for one, records in self.charged.items()
            if logged.get(one) != records
        ]
        self.wrong += [f"request {one} was refused, and charged" for one in self.refused if one in logged]
        items = owner.get("/v1/usage").raise_for_status().json()["items"]
        usage = {item["model_id"]: (item["requests"], item["records"]) for item in items}
        if usage != (sums := books.sums()):
            self.wrong.append(f"usage is {usage}, the sums of the log are {sums}")
        if (found := books.read("PRAGMA integrity_check")) != [("ok",)]:
            self.wrong.append(f"the database is damaged: {found[:3]}")
        for dataset, table in self.datasets.items():
            self.check_records(data / "datasets" / dataset, table)
        if removable:
            left = [*(data / "uploads").iterdir(), *data.glob("*/.*")]
            self.wrong += [f"{path.name} was left behind in {path.parent.name}" for path in left]

    def check_records(self, stored: Path, table: NDArray[Any]) -> None:
        try:
            kept = np.column_stack([np.load(stored / "labels.npy"), np.load(stored / "features.npy")])
        except (OSError, ValueError) as error:
            self.wrong.append(f"an uploaded dataset is not there: {error}")
            return
        if not np.array_equal(kept, table):
            self.wrong.append("an uploaded dataset is stored otherwise than it was sent")


def unclear(answer: httpx.Response) -> str | None:
    """What is wrong with a refusal for want of room, rights or a free database; None where nothing is."""
    if answer.status_code not in (503, 507):
        return "not a 503"
    if answer.headers["Content-Type"] != "application/problem+json" or len(answer.content) > LONGEST_PROBLEM:
        return "no short problem document"
    if "Retry-After" not in answer.headers:
        return "it is not said when to come again"
    return None
