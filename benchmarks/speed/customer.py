"""A customer of a provider, as the figures need one: uploads, has models trained, shares them."""

from collections.abc import Sequence
from typing import Any

import httpx
from numpy.typing import NDArray

from services.web.bodies import NPY, encode_npy

WAITING_S = 600.0


class Customer(httpx.Client):
    """With an account of its own."""

    def __init__(self, url: str) -> None:
        self.key: str = httpx.post(f"{url}/v1/accounts", json={}).raise_for_status().json()["api_key"]
        headers = {"Authorization": f"Bearer {self.key}"}
        super().__init__(base_url=url, headers=headers, timeout=WAITING_S)

    def upload(self, table: NDArray[Any]) -> str:
        """The id of labelled records (N, 1 + D), the label first."""
        sent = self.post("/v1/datasets", content=encode_npy(table), headers={"Content-Type": NPY})
        dataset: str = sent.raise_for_status().json()["id"]
        return dataset

    def train(self, dataset: str, profile: str, rows: Sequence[int] | None = None) -> str:
        """The id of a model that is going to be trained on all or some rows."""
        asked = {"dataset_id": dataset, "profile": profile} | ({} if rows is None else {"rows": list(rows)})
        model: str = self.post("/v1/models", json=asked).raise_for_status().json()["id"]
        return model

    def wait(self, model: str) -> None:
        """Until it is ready; raises RuntimeError when its training failed."""
        state = "queued"
        while state in ("queued", "training"):
            answer = self.get(f"/v1/models/{model}", headers={"Prefer": "wait=50"}).raise_for_status()
            state = answer.json()["state"]
        if state != "ready":
            raise RuntimeError(f"model {model} is {state}")

    def share(self, model: str) -> None:
        self.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
