"""Live servers and the smallest clients of them, for tests."""

import io
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np

from services.parties import server

NPY = "application/x-npy"
T = TypeVar("T")


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(array))
    return file.getvalue()


@contextmanager
def provider(data: Path, *arguments: str, port: int = 0) -> Iterator[str]:
    with server("services.mlaas", data, port, list(arguments)) as url:
        yield url


@contextmanager
def challenger(data: Path, *arguments: str, port: int = 0) -> Iterator[str]:
    with server("services.challenger", data, port, list(arguments)) as url:
        yield url


class Customer(httpx.Client):
    """An account of its own at the provider."""

    def __init__(self, url: str, key: str | None = None) -> None:
        super().__init__(base_url=url, timeout=60)
        key = key or httpx.post(f"{url}/v1/accounts", json={}).json()["api_key"]
        self.key = key
        self.headers["Authorization"] = f"Bearer {key}"

    def upload(self, records: Any, **query: str) -> httpx.Response:
        body, kind = (records, "text/csv") if isinstance(records, bytes) else (npy(records), NPY)
        return self.post("/v1/datasets", params=query, content=body, headers={"Content-Type": kind})

    def train(self, **asked: Any) -> httpx.Response:
        return self.post("/v1/models", json=asked)

    def ended(self, model_id: str) -> dict[str, Any]:
        """The model's document once its training has ended."""
        model: dict[str, Any] = self.get(f"/v1/models/{model_id}", headers={"Prefer": "wait=50"}).json()
        assert model["state"] in ("ready", "failed", "cancelled"), model
        return model

    def predict(self, model_id: str, records: Any, **headers: str) -> httpx.Response:
        return self.post(
            f"/v1/models/{model_id}/predict", content=npy(records), headers={"Content-Type": NPY, **headers}
        )

    def usage(self, model_id: str) -> dict[str, Any]:
        items = self.get("/v1/usage").json()["items"]
        return next((item for item in items if item["model_id"] == model_id), {"requests": 0, "records": 0})


def eventually(look: Callable[[], T], limit_s: float = 60) -> T:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + limit_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def read_npy(body: bytes) -> Any:
    return np.load(io.BytesIO(body), allow_pickle=False)


def two_clusters(rows: int, seed: int = 0, features: int = 6) -> Any:
    """Labelled records (N, 1 + D) that any model type can tell apart."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    records = random.normal(size=(rows, features)) + 3 * labels[:, np.newaxis]
    return np.column_stack([labels, records]).astype("f4")


def refused(answer: httpx.Response, status: int, slug: str) -> str:
    """The problem's detail, once status and type are right and the document is short."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(f"/{slug}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert len(answer.content) < 2_000
    detail: str = problem["detail"]
    return detail


def claims(shape: str, descr: str = "'<f8'", body: bytes = b"\0" * 32) -> bytes:
    """An NPY file whose header says what it likes."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


def sums_of_the_log(data: Path) -> list[tuple[str, int, int]]:
    """(model, requests, records) from the rows of a provider's ledger."""
    with sqlite3.connect(data / "mlaas.sqlite") as database:
        return database.execute(
            "SELECT model_id, count(*), sum(records) FROM query GROUP BY model_id"
        ).fetchall()
