"""A prediction: who asks, what of, the answer, the ledger, and only then the response."""

import asyncio
import hashlib
import secrets
from concurrent.futures import Executor
from typing import Any

import numpy as np
import orjson
from fastapi import Request, Response
from numpy.typing import NDArray

from services.mlaas.database import now_ms
from services.mlaas.defence import Question
from services.mlaas.dependencies import Parts
from services.mlaas.inference import answer
from services.mlaas.ledger.charging import Entry, NotAdmitted
from services.mlaas.ledger.sketch import sketcher
from services.mlaas.loaded_models import LoadedModels
from services.mlaas.predictions.admission import Admission, Admissions
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
    Overloaded,
    UnsupportedMediaType,
)

JSON = "application/json"
# A larger body is read and answered beside the event loop, not on it (about 1 ms of work).
BYTES_ON_THE_LOOP = 16_384
LONGEST_IDEMPOTENCY_KEY = 200


async def predict(
    request: Request, model_id: str, parts: Parts, admissions: Admissions, threads: Executor
) -> Response:
    key = bearer_key(request)
    admission = admissions.admit(key, model_id)
    answer_type = accepted(request)
    idempotency_key = idempotency_key_of(request)
    body = await receive(request, body_limit(request, parts))

    def work() -> tuple[int, str, bytes | None, NDArray[np.float32]]:
        records = decode(request, body, admission.features, parts.settings.predict_records)
        digest = hashlib.sha256(body).hexdigest()
        sketch = sketch_of(records, admission)
        return len(records), digest, sketch, answered(records, admission, parts.loaded, idempotency_key)

    if len(body) <= BYTES_ON_THE_LOOP and at_hand(admission, parts.loaded):
        records, digest, sketch, probabilities = work()
    else:
        records, digest, sketch, probabilities = await asyncio.get_running_loop().run_in_executor(
            threads, work
        )
    entry = Entry(
        at=now_ms(),
        account_id=admission.account_id,
        model_id=admission.model_id,
        records=records,
        request_id=request.state.request_id,
        request_sha256=digest,
        idempotency_key=idempotency_key,
        limits=admission.limits,
        sketch=sketch,
    )
    try:
        charged = await parts.ledger.charge(entry)
    except NotAdmitted:
        admissions.forget(key, model_id)
        admissions.admit(key, model_id)  # says why
        raise Overloaded("The model's sharing has just changed; ask again.") from None
    return response(admission, probabilities, answer_type, {"Records-Charged": str(charged)})


def at_hand(admission: Admission, loaded: LoadedModels) -> bool:
    """Whether an answer needs neither the disk nor a guard, which computes more than the model."""
    return admission.guard is None and loaded.holds(admission.artifact)


def answered(
    records: NDArray[Any], admission: Admission, loaded: LoadedModels, idempotency_key: str | None
) -> NDArray[np.float32]:
    question = Question(
        secret=admission.secret,
        occasion=occasion(admission, idempotency_key),
        guard=loaded.get(admission.guard) if admission.guard else None,
    )
    return answer(loaded.get(admission.artifact), records, admission.defences, question)


def occasion(admission: Admission, idempotency_key: str | None) -> bytes:
    """The same for a retry, and for nothing else."""
    if idempotency_key is None:
        return secrets.token_bytes(16)
    return f"{admission.account_id} {admission.model_id} {idempotency_key}".encode()


def sketch_of(records: NDArray[Any], admission: Admission) -> bytes | None:
    """What the ledger keeps of the records themselves, where the profile has its queries watched."""
    if admission.watched is None:
        return None
    return sketcher(admission.watched, admission.features).of_request(records)


def bearer_key(request: Request) -> str:
    """The key that was sent, or an empty text, which is nobody's."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else ""


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
        # The dtype is said: guessed from texts, an array would be as wide as the longest of them.
        records = np.array(orjson.loads(body)["instances"], np.float64)
        if records.ndim != 2:
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BadData(
            'Send {"instances": [[...], ...]}, a list of numbers of equal length a record.'
        ) from error
    check_shape(records.shape, rows=most_records, columns=features)
    return check_finite(records)


def response(
    admission: Admission, probabilities: NDArray[np.float32], kind: str, headers: dict[str, str]
) -> Response:
    if kind == NPY:
        return NpyResponse(probabilities, headers=headers)
    body = {"model_id": admission.model_id, "classes": admission.classes, "predictions": probabilities}
    return Response(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), 200, headers, JSON)
