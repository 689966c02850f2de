"""The description of a prediction, and its route."""

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from services.mlaas.dependencies import bearer
from services.mlaas.errors import (
    Damaged,
    IdempotencyConflict,
    ModelNotReady,
    QuotaExceeded,
    RateLimited,
    TooManyRequests,
)
from services.mlaas.predictions.asked import LONGEST_IDEMPOTENCY_KEY
from services.mlaas.predictions.direct import NATIVE, respond
from services.mlaas.predictions.schemas import (
    Instances,
    Predictions,
)
from services.web.bodies import NPY, WrongFeatureCount
from services.web.body_limit import own_limit
from services.web.problem import (
    BadData,
    BodyTooLarge,
    InvalidRequest,
    NotAcceptable,
    NotFound,
    Overloaded,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)


class DirectRoute(APIRoute):
    """Answers as `PredictionsFirst` does, where that is not in front of it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            own_limit(scope, scope["app"].state.parts.settings.predict_npy_bytes, kept=False)  # has a place
            await respond(scope["app"], NATIVE, scope["path_params"]["model_id"], scope, receive, send)
        else:
            await super().handle(scope, receive, send)


router = APIRouter(
    tags=["predictions"],
    responses=responses(Unauthenticated, InvalidRequest),
    route_class=DirectRoute,
)
BINARY = {"schema": {"type": "string", "format": "binary"}}
RECORDS_BODY: dict[str, Any] = {
    "security": [{bearer.scheme_name: []}],
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "maxLength": LONGEST_IDEMPOTENCY_KEY},
            "description": "The same request under the same key again is answered alike and charged once.",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Instances.model_json_schema()},
            NPY: BINARY,
        },
    },
}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Predictions,
        "description": "One row a record, one column a class; NPY float32 (N, K) when that is accepted.",
        "content": {NPY: BINARY},
        "headers": {"Records-Charged": {"schema": {"type": "integer"}}},
    }
}


@router.post(
    "/v1/models/{model_id}/predict",
    openapi_extra=RECORDS_BODY,
    responses=ANSWER
    | responses(
        BadData,
        WrongFeatureCount,
        IdempotencyConflict,
        NotFound,
        ModelNotReady,
        Damaged,
        QuotaExceeded,
        RateLimited,
        TooManyRequests,
        BodyTooLarge,
        UnsupportedMediaType,
        NotAcceptable,
        Overloaded,
    ),
)
async def predict(model_id: str) -> None:
    """Ask a model. Every request is in the ledger before it is answered."""
