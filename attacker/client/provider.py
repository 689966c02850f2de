"""The provider's API as a customer uses it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from attacker.client import npy
from attacker.client.documents import MOST_COUNT, Count, Limits, Model, Price, amount, identifier, member
from attacker.client.http import JSON, Http, Reply
from attacker.client.waiting import awaited
from attacker.errors import UnexpectedAnswer
from attacker.format import Format
from attacker.knowledge import described

LONG_POLL_S = 20
LONGEST_KEY = 1_000
ROUNDING = 1e-3


class Provider:
    """A provider at `url`; calls that need an account take its key from `key`."""

    def __init__(self, http: Http, url: str, key: str | None = None) -> None:
        self.http, self.url, self.key = http, url.rstrip("/"), key

    def sign_up(self) -> str:
        """A new account's key."""
        key = member(self.post("/v1/accounts", {}).json(), "api_key", str)
        if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise UnexpectedAnswer(f"{self.url} gives out a key that no header can carry; is the URL right?")
        return key

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
        return identifier(reply.json(), "id"), reply.moved

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
        return self.named(reply, model_id), reply.moved

    def serve(self, model_id: str, base: str, profile: str) -> int:
        """Have the trained model `base` served as `model_id` under another profile; bytes moved.

        Raises OtherRecipe for a profile that trains another way.
        """
        return self.post("/v1/models", {"id": model_id, "from": base, "profile": profile}).moved

    def model(self, model_id: str, *, wait: bool = False) -> Model:
        """A model's document; with `wait`, the server answers when training ends or after LONG_POLL_S."""
        path, prefer = f"/v1/models/{quote(model_id, safe='')}", {"Prefer": f"wait={LONG_POLL_S}"}
        return self.named(self.ask("GET", path, None, {}, at_first=prefer if wait else {}), model_id)

    def named(self, reply: Reply, model_id: str) -> Model:
        """The model of that id that a reply describes; raises UnexpectedAnswer for another."""
        if (model := Model.read(reply.json())).id != model_id:
            raise UnexpectedAnswer(f"{reply.url} describes the model {model.id}, not {model_id}.")
        return model

    def ended(self, model_id: str) -> Model:
        """The model once its training has ended, well or badly."""
        return awaited(
            self.http,
            f"The training of {model_id} at {self.url}",
            lambda: self.model(model_id, wait=True),
            lambda model: model.state in ("ready", "failed", "cancelled"),
        )

    def predict(
        self, model_id: str, records: NDArray[Any], columns: int, idempotency_key: str
    ) -> tuple[NDArray[np.float32], int]:
        """Confidence vectors (N, columns) for records (N, D), and the bytes moved."""
        path = f"/v1/models/{quote(model_id, safe='')}/predict"
        headers = {"Content-Type": npy.NPY, "Accept": npy.NPY, "Idempotency-Key": idempotency_key}
        most_bytes = npy.HEADER_BYTES + 8 * len(records) * columns
        reply = self.ask("POST", path, npy.encode(npy.compact(records)), headers, most_bytes=most_bytes)
        answer = npy.decode(reply.body, self.url + path, (len(records), columns))
        return probabilities(answer, self.url + path), reply.moved

    def usage(self) -> dict[str, Count]:
        """What this account has asked so far, by model."""
        items = member(self.get("/v1/usage").json(), "items", list)
        return {
            member(item, "model_id", str): Count(
                *(amount(item, name, MOST_COUNT, int) for name in ("requests", "records"))
            )
            for item in items
        }

    def get(self, path: str) -> Reply:
        return self.ask("GET", path, None, {})

    def post(self, path: str, document: Mapping[str, Any]) -> Reply:
        return self.ask("POST", path, json.dumps(document).encode(), {"Content-Type": JSON})

    def ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], **how: Any
    ) -> Reply:
        credentials = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.http.ask(method, self.url + path, body, headers={**headers, **credentials}, **how)


def probabilities(answer: NDArray[Any], origin: str) -> NDArray[np.float32]:
    """The answer (N, K), if these are some; raises UnexpectedAnswer.

    Some of a row may be missing, where a profile tells few or rounds down; rounding to a digit adds a
    twentieth to each of 20 classes at the most.
    """
    sums, most = answer.sum(axis=1, dtype=np.float64), 1 + min(answer.shape[1], 20) / 20 + ROUNDING
    if answer.size and not (answer.min() >= 0 and answer.max() <= 1 + ROUNDING and sums.max() <= most):
        raise UnexpectedAnswer(f"{origin} answered numbers that are no probabilities.")
    return answer.astype(np.float32)
