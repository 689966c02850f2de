"""A provider with one model to ask: 600 features, 128 hidden units, 100 classes, profile `neural_network`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from benchmarks.speed.wrk import Load, Request, load
from services.mlaas.fitted_models.network import Network
from services.parties import server
from services.web.bodies import NPY, encode_npy

FEATURES, CLASSES = 600, 100
JSON = "application/json"


@dataclass(frozen=True)
class Provider:
    url: str
    key: str
    model: str
    data: Path

    def npy(self, rows: int, dtype: str) -> Request:
        """A question about so many records, as the attacker asks it."""
        return self._request(encode_npy(random_records(rows, FEATURES).astype(dtype)), NPY)

    def json(self) -> Request:
        """A question about a single record, as somebody asks who has no library for it."""
        return self._request(json_body(), JSON)

    def tensor(self, records: NDArray[Any], datatype: str, *, binary: bool) -> Request:
        """A question of the Open Inference Protocol about records (N, D), with the answer in the same way."""
        said = {"name": "records", "datatype": datatype, "shape": records.shape}
        own = {"parameters": {"binary_data_size": records.nbytes}} if binary else {"data": records.ravel()}
        question = {"inputs": [said | own], "parameters": {"binary_data_output": binary}}
        head = orjson.dumps(question, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = {"Authorization": f"Bearer {self.key}"}
        if binary:
            headers["Inference-Header-Content-Length"] = str(len(head))
        body = head + records.tobytes() if binary else head
        return Request(f"{self.url}/v2/models/{self.model}/infer", body, headers)

    def _request(self, body: bytes, kind: str) -> Request:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self.key}"}
        return Request(f"{self.url}/v1/models/{self.model}/predict", body, headers)

    def answered(self, request: Request, connections: int, seconds: float) -> Load:
        """What is answered under load; raises RuntimeError where less is in the ledger than was answered."""
        before = self.logged()
        found = load(self.data, request, connections, seconds)
        if self.logged() - before < 0.9 * found.requests_per_s * seconds:
            raise RuntimeError("answers went out that are not in the ledger")
        return found

    def logged(self) -> int:
        """Requests in the ledger."""
        headers = {"Authorization": f"Bearer {self.key}"}
        items = httpx.get(f"{self.url}/v1/usage", headers=headers).raise_for_status().json()["items"]
        return sum(int(item["requests"]) for item in items)

    def network(self) -> Network:
        """The model itself, from the provider's disk."""
        [artefact] = (file for file in (self.data / "artifacts").iterdir() if not file.name.startswith("."))
        return Network.from_bytes(artefact.read_bytes().partition(b"\n")[2])


@contextmanager
def provider(data: Path, module: str = "services.mlaas", workers: int = 1) -> Iterator[Provider]:
    with server(module, data, 0, ["--workers", str(workers)]) as url:
        key, model = trained(url, FEATURES, CLASSES)
        yield Provider(url, key, model, data)


def random_records(rows: int, features: int) -> NDArray[np.uint8]:
    """Binary ones (rows, features), always the same."""
    return np.random.default_rng(1).integers(0, 2, (rows, features), dtype=np.uint8)


def trained(url: str, features: int, classes: int) -> tuple[str, str]:
    """An API key and a ready model of the profile `neural_network`."""
    labels = np.arange(1_200, dtype=np.uint8)[:, np.newaxis] % classes
    with Customer(url) as owner:
        dataset = owner.upload(np.hstack([labels, random_records(len(labels), features)]))
        model = owner.train(dataset, "neural_network")
        owner.wait(model)
        return owner.key, model


def json_body() -> bytes:
    return json.dumps({"instances": random_records(1, FEATURES).tolist()}).encode()


def layers(network: Network) -> dict[str, NDArray[Any]]:
    """The arrays of the two layers, for whoever computes the same model otherwise."""
    (w1, w2), (b1, b2) = network.weights, network.biases
    return {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
