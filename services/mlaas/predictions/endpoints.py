import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.mlaas.dependencies import Admin, Caller, PartsDep, bearer
from services.mlaas.errors import IdempotencyConflict, ModelNotReady, QuotaExceeded
from services.mlaas.predictions import repository, service
from services.mlaas.predictions.schemas import (
    Instances,
    Predictions,
    QueryItem,
    QueryList,
    UsageItem,
    UsageList,
)
from services.mlaas.predictions.tables import Usage
from services.web.bodies import NPY, WrongFeatureCount
from services.web.paging import PageDep
from services.web.problem import (
    BadData,
    BodyTooLarge,
    Forbidden,
    InvalidRequest,
    NotAcceptable,
    NotFound,
    Overloaded,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)

router = APIRouter(tags=["predictions"], responses=responses(Unauthenticated, InvalidRequest))
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
        BodyTooLarge,
        UnsupportedMediaType,
        NotAcceptable,
        Overloaded,
    ),
)
async def predict(model_id: str, request: Request, parts: PartsDep) -> Response:
    """Ask a model. Every request is in the ledger before it is answered."""
    return await service.predict(request, model_id, parts, request.app.state.threads)


@router.get("/v1/usage")
def get_usage(parts: PartsDep, account: Caller) -> UsageList:
    """What this account has asked, by model: the sums of the ledger."""
    with parts.database.read() as session:
        return UsageList(items=[item(usage) for usage in repository.usage(session, account.id)])


def item(usage: Usage) -> UsageItem:
    remaining = None if usage.quota is None else max(0, usage.quota - usage.records)
    return UsageItem(
        model_id=usage.model_id,
        requests=usage.requests,
        records=usage.records,
        quota=usage.quota,
        remaining=remaining,
    )


@router.get(
    "/v1/queries",
    response_model=QueryList,
    responses=responses(Forbidden) | {200: {"content": {"text/csv": {}}}},
)
def list_queries(
    request: Request,
    parts: PartsDep,
    admin: Admin,
    page: PageDep,
    model_id: Annotated[str | None, Query(max_length=100)] = None,
) -> QueryList | Response:
    """The ledger, oldest first, for operators; CSV when `Accept: text/csv`."""
    after = int(page.after) if page.after.isdigit() else 0
    with parts.database.read() as session:
        found = repository.queries(session, after, page.size, model_id)
    items = [QueryItem.model_validate(query, from_attributes=True) for query in found]
    if "text/csv" in request.headers.get("accept", ""):
        return Response(as_csv(items), media_type="text/csv")
    return QueryList(items=items, next_page_token=page.token(found, str(found[-1].id) if found else ""))


def as_csv(items: list[QueryItem]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(QueryItem.model_fields))
    writer.writeheader()
    writer.writerows(query.model_dump() for query in items)
    return text.getvalue()
