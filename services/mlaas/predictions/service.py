"""A prediction: who asks, what of, the answer, the ledger, and only then the response."""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from fastapi import Request, Response
from numpy.typing import NDArray

from services.mlaas.database import now_ms
from services.mlaas.dependencies import Parts
from services.mlaas.errors import ModelNotReady
from services.mlaas.fitted_model import FittedModel
from services.mlaas.inference import answer
from services.mlaas.ledger.writer import Entry
from services.mlaas.models.tables import State
from services.mlaas.predictions.repository import Admissions
from services.web import keys
from services.web.bodies import (
    NPY,
    NpyResponse,
    check_finite,
    check_shape,
    decode_npy,
    media_type,
    receive,
)
from services.web.problem import (
    BadData,
    InvalidRequest,
    NotAcceptable,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
)

JSON = "application/json"
# Above so many values the answer is computed beside the event loop, not on it (about 1 ms of work).
VALUES_ON_THE_LOOP = 10_000
LONGEST_IDEMPOTENCY_KEY = 200


@dataclass(frozen=True)
class Asked:
    """The model that is asked, and the account that asks."""

    account_id: str
    model_id: str
    artifact: str
    features: int
    classes: Sequence[str]


async def predict(
    request: Request, model_id: str, parts: Parts, admissions: Admissions, threads: Executor
) -> Response:
    asked = admitted(request, model_id, admissions)
    answer_type = accepted(request)
    idempotency_key = idempotency_key_of(request)
    body = await receive(request, body_limit(request, parts))
    records = decode(request, body, asked.features, parts.settings.predict_records)
    probabilities = await computed(parts, asked, records, threads)
    entry = Entry(
        at=now_ms(),
        account_id=asked.account_id,
        model_id=asked.model_id,
        records=len(records),
        request_id=request.state.request_id,
        request_sha256=hashlib.sha256(body).hexdigest(),
        idempotency_key=idempotency_key,
    )
    charged = await parts.ledger.charge(entry)
    return response(asked, probabilities, answer_type, {"Records-Charged": str(charged)})


def admitted(request: Request, model_id: str, admissions: Admissions) -> Asked:
    """Raises Unauthenticated, NotFound and ModelNotReady."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    account_id = keys.owner_of(key) if scheme.lower() == "bearer" else None
    row = admissions.account_and_model(account_id or "", model_id)
    if row is None or row.revoked_at or not keys.matches(key, row.key_sha256):
        raise Unauthenticated("Send a valid key as `Authorization: Bearer KEY`; POST /v1/accounts gives one.")
    if row.model_id is None or (row.owner_id != row.id and row.visibility != "public"):
        raise NotFound("There is no such model, or it is not shared with this account.")
    if row.state != State.READY:
        retry = {"Retry-After": "2"} if row.state in (State.QUEUED, State.TRAINING) else None
        raise ModelNotReady(
            f"The model is {row.state}; poll GET /v1/models/{{id}} until ready.", headers=retry
        )
    return Asked(row.id, row.model_id, row.artifact, row.features, row.classes)


def accepted(request: Request) -> str:
    """The media type to answer in: what is accepted, and the request's own where both are."""
    accept = request.headers.get("accept", "*/*").lower()
    asked_in = media_type(request)
    for kind in (asked_in, JSON, NPY):
        if kind in (JSON, NPY) and (kind in accept or "*/*" in accept or "application/*" in accept):
            return kind
    raise NotAcceptable(f"Accept {JSON} or {NPY}.")


def idempotency_key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequest(f"An Idempotency-Key has 1 to {LONGEST_IDEMPOTENCY_KEY} characters.")
    return key


def body_limit(request: Request, parts: Parts) -> int:
    kind = media_type(request)
    if kind not in (JSON, NPY):
        raise UnsupportedMediaType(f"Send the records as {JSON} or {NPY}.")
    return parts.settings.predict_npy_bytes if kind == NPY else parts.settings.predict_json_bytes


def decode(request: Request, body: bytes, features: int, most_records: int) -> NDArray[Any]:
    """Records (N, D) of a body; raises BadData."""
    if media_type(request) == NPY:
        return decode_npy(body, rows=most_records, columns=features)
    try:
        records = np.array(orjson.loads(body)["instances"])
        if records.ndim != 2 or records.dtype.kind not in "biuf":
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BadData(
            'Send {"instances": [[...], ...]}, a list of numbers of equal length a record.'
        ) from error
    check_shape(records.shape, rows=most_records, columns=features)
    return check_finite(records)


async def computed(
    parts: Parts, asked: Asked, records: NDArray[Any], threads: Executor
) -> NDArray[np.float32]:
    model = parts.loaded.known(asked.artifact)
    if model is not None and records.size <= VALUES_ON_THE_LOOP:
        return answer(model, records)

    def load_and_answer() -> NDArray[np.float32]:
        loaded: FittedModel = parts.loaded.get(asked.artifact)
        return answer(loaded, records)

    return await asyncio.get_running_loop().run_in_executor(threads, load_and_answer)


def response(
    asked: Asked, probabilities: NDArray[np.float32], kind: str, headers: dict[str, str]
) -> Response:
    if kind == NPY:
        return NpyResponse(probabilities, headers=headers)
    body = {"model_id": asked.model_id, "classes": asked.classes, "predictions": probabilities}
    return Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), 200, headers, JSON)
