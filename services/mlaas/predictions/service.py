"""A prediction: who asks, what of, the answer, the ledger, and only then the response."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import orjson
from starlette.types import Receive

from services.mlaas.artifacts import ArtifactDamaged
from services.mlaas.errors import Damaged
from services.mlaas.ledger.charging import NotAdmitted
from services.mlaas.predictions.admission import Admissions
from services.mlaas.predictions.asked import Asked
from services.mlaas.predictions.desk import Desk
from services.mlaas.predictions.query import Query
from services.mlaas.predictions.room import Place
from services.mlaas.settings import Settings
from services.web.bodies import NPY, encode_npy, received
from services.web.problem import Overloaded

LEAST_JSON, MOST_JSON = 2, 16  # bytes of a number and what parts it from the next

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    body: bytes
    media_type: str
    charged: int


async def predict(
    headers: Mapping[str, str],
    receive: Receive,
    request_id: str,
    model_id: str,
    settings: Settings,
    admissions: Admissions,
    desk: Desk,
    place: Place,
) -> Answer:
    """In `place`, which the caller leaves. Raises every Problem that the endpoint's description names."""
    asked = Asked.of(headers, request_id)
    admission = admissions.admit(asked.key, model_id)
    limit = settings.predict_npy_bytes if asked.sent == NPY else settings.predict_json_bytes
    place.enter(admission.account_id)
    query = Query(asked, admission, await received(headers, receive, limit, place.take))
    place.take(largest_answer(query, settings.predict_records))
    try:
        charged = await desk.answer(query)
    except (ArtifactDamaged, FileNotFoundError) as error:
        admissions.forget(asked.key, model_id)
        admissions.admit(asked.key, model_id)  # says so, where it was deleted
        log.error("model %s: %s", model_id, error)
        raise Damaged(
            "The model's file is damaged; ask the operator to restore it, or have it trained again."
        ) from error
    except NotAdmitted:
        admissions.forget(asked.key, model_id)
        admissions.admit(asked.key, model_id)  # says why
        raise Overloaded("The model's sharing has just changed; ask again.") from None
    return Answer(written(query), asked.wanted, charged)


def largest_answer(query: Query, most_records: int) -> int:
    """Bytes of the answer to as many records as the body can hold, in memory and as it is sent."""
    admission, npy = query.admission, query.asked.sent == NPY
    records = min(most_records, len(query.body) // (admission.features * (1 if npy else LEAST_JSON)))
    number = 4 + (4 if query.asked.wanted == NPY else MOST_JSON)
    return records * len(admission.classes) * number


def written(query: Query) -> bytes:
    """The answer as it is sent."""
    if query.asked.wanted == NPY:
        return encode_npy(query.answer)
    numbers = orjson.dumps(query.answer, option=orjson.OPT_SERIALIZE_NUMPY)
    return b"%b%b}" % (query.admission.json_head, numbers)
