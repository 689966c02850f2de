from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from services.mlaas.dependencies import bearer
from services.mlaas.errors import IdempotencyConflict, ModelNotReady, QuotaExceeded, RateLimited
from services.mlaas.predictions import service
from services.mlaas.predictions.schemas import (
    Instances,
    Predictions,
)
from services.web.bodies import NPY, WrongFeatureCount
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
    """Hands a request to its endpoint as it is: FastAPI's own handling took longer than the prediction."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            answer: Response = await self.endpoint(request=request, **request.path_params)
            return answer

        return handle


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
            "schema": {"type": "string", "maxLength": service.LONGEST_IDEMPOTENCY_KEY},
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
        QuotaExceeded,
        RateLimited,
        BodyTooLarge,
        UnsupportedMediaType,
        NotAcceptable,
        Overloaded,
    ),
)
async def predict(model_id: str, request: Request) -> Response:
    """Ask a model. Every request is in the ledger before it is answered."""
    state = request.app.state
    return await service.predict(request, model_id, state.parts, state.admissions, state.threads)
