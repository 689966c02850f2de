"""The data owner's small client of the provider: sign up, upload, train, share, ask."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from services import npy_files
from services.challenger.errors import ProviderRefused, ProviderUnavailable
from services.challenger.format import Description
from services.web.bodies import NPY, encode_npy

TIMEOUT = httpx.Timeout(120.0, connect=5.0)
BUSY = frozenset({429, 502, 503, 504})
# The profile trains otherwise; the id is taken, by an earlier such training; the trained one is deleted.
NOT_SERVED = frozenset({"other-recipe", "model-exists", "not-found"})
JSON = "application/json"
LONG_POLL_S = 2  # short, so that a challenger that is told to stop stops
LONGEST_PAUSE_S = 5.0
Document = dict[str, Any]


class Stopped(Exception):
    """The challenger is shutting down; the game is prepared again at the next start."""


@dataclass
class Provider:
    """Asks until there is an answer, for `patience_s` at the most.

    Everything sent is safe to send again: datasets are known by content, models by an id of ours,
    predictions by an Idempotency-Key. Raises ProviderUnavailable and ProviderRefused.
    """

    url: str
    key: str | None = None
    patience_s: float = 0.0
    stopped: Callable[[float], bool] = threading.Event().wait  # pauses; true when the challenger stops

    def sign_up(self) -> str:
        return str(self.ask("POST", "/v1/accounts", json={}).json()["api_key"])

    def profiles(self) -> list[Document]:
        """Needs an account, as everything else does; the profiles are the same for all."""
        return list(self.ask("GET", "/v1/profiles").json()["items"])

    def upload(self, name: str, records: NDArray[Any]) -> str:
        """Records (N, 1+D), the label in column 0; the id of the dataset."""
        headers = {"Content-Type": NPY}
        answer = self.ask(
            "POST", "/v1/datasets", params={"name": name}, content=encode_npy(records), headers=headers
        )
        return str(answer.json()["id"])

    def declare(self, dataset_id: str, described: Description) -> None:
        """What the words of a category are is not the provider's to know."""
        told = replace(described, features=tuple(replace(one, categories=None) for one in described.features))
        document = told.document()
        del document["classes"]
        self.ask("PATCH", f"/v1/datasets/{dataset_id}", json=document)

    def train(self, model_id: str, dataset_id: str, profile: str, options: dict[str, float]) -> None:
        asked = {"id": model_id, "dataset_id": dataset_id, "profile": profile, "options": options}
        self.ask("POST", "/v1/models", json=asked)

    def serve(self, model_id: str, trained_id: str, profile: str) -> bool:
        """What was trained before, under another profile; false where it has to be trained for that."""
        try:
            self.ask("POST", "/v1/models", json={"id": model_id, "from": trained_id, "profile": profile})
        except ProviderRefused as refusal:
            if refusal.theirs not in NOT_SERVED:
                raise
            return False
        return True

    def wait(self, model_id: str) -> None:
        """Until the model is ready; raises ProviderRefused when it will never be."""
        headers = {"Prefer": f"wait={LONG_POLL_S}"}
        while True:
            model = self.ask("GET", f"/v1/models/{model_id}", headers=headers).json()
            if model["state"] == "ready":
                return
            if model["state"] in ("failed", "cancelled"):
                raise ProviderRefused(ended_in_vain(model))
            self.pause(0.05)

    def share(self, model_id: str) -> None:
        self.ask("PATCH", f"/v1/models/{model_id}", json={"visibility": "public"})

    def predict(self, model_id: str, features: NDArray[Any], classes: int) -> NDArray[np.float32]:
        """The probabilities (N, K) of our labels for records (N, D); 0 for a class that was never learned."""
        learned = self.ask("GET", f"/v1/models/{model_id}").json()["classes"]
        limits = self.ask("GET", "/v1").json()["limits"]
        parts = batches(features, limits["predict_records"], limits["predict_npy_bytes"])
        aligned = np.zeros((len(features), classes), np.float32)
        aligned[:, list(map(int, learned))] = np.vstack([self.answer(model_id, part) for part in parts])
        return aligned

    def answer(self, model_id: str, features: NDArray[Any]) -> NDArray[Any]:
        """Always under the same key: a closing that was cut off is asked again, and charged nothing."""
        body = encode_npy(features)
        key = blake2b(model_id.encode() + body, digest_size=16).hexdigest()
        headers = {"Content-Type": NPY, "Accept": NPY, "Idempotency-Key": key}
        answer = self.ask("POST", f"/v1/models/{model_id}/predict", content=body, headers=headers)
        return from_npy(answer.content)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = request.pop("headers", {}) | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        deadline, pause_s = time.monotonic() + self.patience_s, 0.1
        while True:
            wish_s = 0.0
            try:
                answer = httpx.request(method, self.url + path, headers=headers, timeout=TIMEOUT, **request)
                if answer.is_success and legible(answer):
                    return answer
                if not answer.is_success and not busy(answer):
                    raise ProviderRefused(reason(answer), slug(answer))
                failure = f"it answers {answer.status_code}"
                wish_s = retry_after(answer)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                failure = type(error).__name__
            if time.monotonic() + pause_s > deadline:
                raise ProviderUnavailable(
                    f"The provider at {self.url} cannot be used just now ({failure}); "
                    "start it, or name another with --provider or CHALLENGER_PROVIDER."
                )
            self.pause(max(pause_s, wish_s))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def pause(self, pause_s: float) -> None:
        if self.stopped(pause_s):
            raise Stopped


def legible(answer: httpx.Response) -> bool:
    """Whether it is of a kind that the provider sends; a proxy in between may have a page of its own."""
    return answer.headers.get("content-type", "").partition(";")[0] in (JSON, NPY)


def retry_after(answer: httpx.Response) -> float:
    """Seconds to wait by the provider's wish, up to LONGEST_PAUSE_S; 0 without one that can be read.

    A proxy in between may name a date, by its own clock.
    """
    wish = answer.headers.get("retry-after", "")
    try:
        seconds = float(wish) if wish.isdecimal() else moment(wish) - moment(answer.headers.get("date"))
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)


def moment(date: str | None) -> float:
    """Seconds since 1970 of a date in a header, or now; raises ValueError for what is none."""
    return time.time() if date is None else parsedate_to_datetime(date).timestamp()


def busy(answer: httpx.Response) -> bool:
    """Whether asking again may help; a quota that is used up stays so."""
    return answer.status_code in BUSY and slug(answer) != "quota-exceeded"


def batches(features: NDArray[Any], records: int, npy_bytes: int) -> Iterator[NDArray[Any]]:
    """Parts of (N, D) that fit into one request each."""
    header_bytes = 128
    fitting = (npy_bytes - header_bytes) // max(1, features[:1].nbytes)
    step = max(1, min(records, fitting))
    return (features[start : start + step] for start in range(0, len(features), step))


def from_npy(body: bytes) -> NDArray[Any]:
    array: NDArray[Any] = npy_files.load(io.BytesIO(body))
    return array


def ended_in_vain(model: Document) -> str:
    if model["state"] == "cancelled":
        return "The training was cancelled."
    return f"The training failed: {str(model.get('error') or 'no reason given')[:300]}"


def reason(answer: httpx.Response) -> str:
    """What the provider said, as one short line."""
    told = problem(answer)
    said = told.get("detail") or told.get("title")
    return f"The provider answered {answer.status_code}: {str(said or 'no reason given')[:300]}"


def slug(answer: httpx.Response) -> str:
    """What kind of problem it is; empty when that is not said."""
    return str(problem(answer).get("type") or "").rpartition("/")[2]


def problem(answer: httpx.Response) -> Document:
    """The problem document, empty when it is none: a proxy in between answers as it likes."""
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
