"""A prediction: who asks, what of, the answer, the ledger, and only then the response."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from starlette.types import Receive

from services.mlaas.ledger.charging import NotAdmitted
from services.mlaas.predictions.admission import Admissions
from services.mlaas.predictions.asked import Asked
from services.mlaas.predictions.desk import Desk
from services.mlaas.predictions.query import Query
from services.mlaas.settings import Settings
from services.web.bodies import NPY, encode_npy, received
from services.web.problem import Overloaded


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
) -> Answer:
    """Raises every Problem that the endpoint's description names."""
    asked = Asked.of(headers, request_id)
    admission = admissions.admit(asked.key, model_id)
    limit = settings.predict_npy_bytes if asked.sent == NPY else settings.predict_json_bytes
    query = Query(asked, admission, await received(headers, receive, limit))
    try:
        charged = await desk.answer(query)
    except NotAdmitted:
        admissions.forget(asked.key, model_id)
        admissions.admit(asked.key, model_id)  # says why
        raise Overloaded("The model's sharing has just changed; ask again.") from None
    return Answer(written(query), asked.wanted, charged)


def written(query: Query) -> bytes:
    """The answer as it is sent."""
    if query.asked.wanted == NPY:
        return encode_npy(query.answer)
    numbers = orjson.dumps(query.answer, option=orjson.OPT_SERIALIZE_NUMPY)
    return b"%b%b}" % (query.admission.json_head, numbers)
