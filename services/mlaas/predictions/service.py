"""A prediction: who asks, what of, the answer, the ledger, and only then the response."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from starlette.types import Receive

from services.mlaas.artifacts import ArtifactDamaged
from services.mlaas.errors import Damaged
from services.mlaas.ledger.charging import NotAdmitted
from services.mlaas.predictions.admission import Admissions
from services.mlaas.predictions.asked import Asked, Written
from services.mlaas.predictions.desk import Desk
from services.mlaas.predictions.query import Query
from services.mlaas.predictions.room import Place
from services.mlaas.settings import Settings
from services.web.bodies import received
from services.web.problem import Overloaded

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    written: Written
    charged: int


async def predict(
    asked: Asked,
    headers: Mapping[str, str],
    receive: Receive,
    model_id: str,
    settings: Settings,
    admissions: Admissions,
    desk: Desk,
    place: Place,
) -> Answer:
    """In `place`, which the caller leaves. Raises every Problem that the endpoint's description names."""
    admission = admissions.admit(asked.key, model_id)
    place.enter(admission.account_id)
    body = await received(headers, receive, asked.most_bytes(settings), place.take)
    query = Query(asked, admission, body)
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
    return Answer(asked.written(query.answer, admission), charged)


def largest_answer(query: Query, most_records: int) -> int:
    """Bytes of the answer to as many records as the body can hold, in memory and as it is sent."""
    asked, admission = query.asked, query.admission
    records = min(most_records, len(query.body) // (admission.features * asked.least_read))
    return records * len(admission.classes) * (4 + asked.most_written)
