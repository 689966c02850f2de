"""Real-time endpoints: an account says that it wants to ask a model before it does."""

from typing import Any

from services.mlaas.database import now_ms
from services.mlaas.facades.amazon_ml import repository
from services.mlaas.facades.amazon_ml.call import Call, seconds
from services.mlaas.facades.amazon_ml.schemas import OneMLModel
from services.mlaas.facades.amazon_ml.tables import RealtimeEndpoint
from services.mlaas.models.service import visible
from services.mlaas.models.tables import State
from services.web.problem import InvalidRequest

MOUNTED, NOT_MOUNTED = "READY", "NONE"
PEAK = 200  # requests in a second, as Amazon had it


def create(call: Call, asked: OneMLModel) -> dict[str, Any]:
    """Of any model that the account may ask; one that is there is answered as it is."""
    account = call.account
    with call.parts.database.write() as session:
        model = visible(session, account, asked.MLModelId)
        if model.state != State.READY:
            raise InvalidRequest("The model is not COMPLETED; wait until it is, then create the endpoint.")
        endpoint = repository.endpoints(session, account.id, [model.id]).get(model.id)
        if endpoint is None:
            endpoint = RealtimeEndpoint(account_id=account.id, model_id=model.id, created_at=now_ms())
            session.add(endpoint)
    return {"MLModelId": model.id, "RealtimeEndpointInfo": endpoint_document(call.url, endpoint)}


def delete(call: Call, asked: OneMLModel) -> dict[str, Any]:
    account = call.account
    with call.parts.database.write() as session:
        model = visible(session, account, asked.MLModelId)
        if endpoint := repository.endpoints(session, account.id, [model.id]).get(model.id):
            session.delete(endpoint)
    return {"MLModelId": model.id, "RealtimeEndpointInfo": endpoint_document(call.url, None)}


def endpoint_document(url: str, endpoint: RealtimeEndpoint | None) -> dict[str, Any]:
    if endpoint is None:
        return {"EndpointStatus": NOT_MOUNTED, "PeakRequestsPerSecond": 0}
    return {
        "EndpointStatus": MOUNTED,
        "EndpointUrl": url,
        "CreatedAt": seconds(endpoint.created_at),
        "PeakRequestsPerSecond": PEAK,
    }
