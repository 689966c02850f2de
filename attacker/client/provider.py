"""The provider's API as a customer uses it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from attacker.client import npy
from attacker.client.documents import Count, Limits, Model, Price, member
from attacker.client.http import JSON, Http, Reply
from attacker.errors import UnexpectedAnswer
from attacker.format import Format
from attacker.knowledge import described

LONG_POLL_S = 20


class Provider:
    """A provider at `url`; calls that need an account take its key from `key`."""

    def __init__(self, http: Http, url: str, key: str | None = None) -> None:
        self.http, self.url, self.key = http, url.rstrip("/"), key

    def sign_up(self) -> str:
        """A new account's key."""
        return member(self.post("/v1/accounts", {}).json(), "api_key", str)

    def limits(self) -> Limits:
        return Limits.read(self.get("/v1").json())

    def price(self, profile: str) -> Price:
        """Raises UnexpectedAnswer for a profile that is not on offer."""
        for item in member(self.get("/v1/profiles").json(), "items", list):
            if isinstance(item, dict) and item.get("name") == profile:
                return Price.read(member(item, "price", dict))
        raise UnexpectedAnswer(f"{self.url} no longer offers the profile {profile!r}; ask its operator.")

    def upload(self, records: NDArray[Any], name: str) -> tuple[str, int]:
        """Upload labelled records (M, 1 + D): the dataset's id, one for one content, and bytes moved."""
        headers = {"Content-Type": npy.NPY}
        body = npy.encode(npy.compact(records))
        reply = self.ask("POST", f"/v1/datasets?name={quote(name)}", body, headers)
        return member(reply.json(), "id", str), reply.moved

    def declare(self, dataset_id: str, form: Format, shape: Sequence[int]) -> int:
        """Say what an uploaded dataset's columns are, and that its rows are images; bytes moved."""
        told = [described(feature) for feature in form.features]
        body = json.dumps({"features": told, "shape": list(shape)}).encode()
        path, headers = f"/v1/datasets/{quote(dataset_id, safe='')}", {"Content-Type": JSON}
        return self.ask("PATCH", path, body, headers).moved

    def train(
        self, model_id: str, dataset_id: str, profile: str, options: Mapping[str, Any], rows: Sequence[int]
    ) -> tuple[Model, int]:
        """Have `model_id` trained on some rows of a dataset. Asked again, it answers the same model."""
        body = {
            "id": model_id,
            "dataset_id": dataset_id,
            "profile": profile,
            "options": dict(options),
            "rows": list(rows),
        }
        reply = self.post("/v1/models", body)
        return Model.read(reply.json()), reply.moved

    def serve(self, model_id: str, base: str, profile: str) -> int:
        """Have the trained model `base` served as `model_id` under another profile; bytes moved.

        Raises OtherRecipe for a profile that trains another way.
        """
        return self.post("/v1/models", {"id": model_id, "from": base, "profile": profile}).moved

    def model(self, model_id: str, *, wait: bool = False) -> Model:
        """A model's document; with `wait`, the server answers when training ends or after LONG_POLL_S."""
        headers = {"Prefer": f"wait={LONG_POLL_S}"} if wait else {}
        return Model.read(self.ask("GET", f"/v1/models/{quote(model_id, safe='')}", None, headers).json())

    def ended(self, model_id: str) -> Model:
        """The model once its training has ended, well or badly."""
        while True:
            model = self.model(model_id, wait=True)
            if model.state in ("ready", "failed", "cancelled"):
                return model

    def predict(
        self, model_id: str, records: NDArray[Any], columns: int, idempotency_key: str
    ) -> tuple[NDArray[np.float32], int]:
        """Confidence vectors (N, columns) for records (N, D), and the bytes moved."""
        path = f"/v1/models/{quote(model_id, safe='')}/predict"
        headers = {"Content-Type": npy.NPY, "Accept": npy.NPY, "Idempotency-Key": idempotency_key}
        most_bytes = npy.HEADER_BYTES + 8 * len(records) * columns
        reply = self.ask("POST", path, npy.encode(npy.compact(records)), headers, most_bytes=most_bytes)
        answer = npy.decode(reply.body, self.url + path, (len(records), columns))
        return answer.astype(np.float32), reply.moved

    def usage(self) -> dict[str, Count]:
        """What this account has asked so far, by model."""
        items = member(self.get("/v1/usage").json(), "items", list)
        return {
            member(item, "model_id", str): Count(member(item, "requests", int), member(item, "records", int))
            for item in items
        }

    def get(self, path: str) -> Reply:
        return self.ask("GET", path, None, {})

    def post(self, path: str, document: Mapping[str, Any]) -> Reply:
        return self.ask("POST", path, json.dumps(document).encode(), {"Content-Type": JSON})

    def ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], **limits: int
    ) -> Reply:
        credentials = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.http.ask(method, self.url + path, body, headers={**headers, **credentials}, **limits)
