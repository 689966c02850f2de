import csv
import io
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.mlaas.dependencies import Admin, Caller, Parts, PartsDep
from services.mlaas.errors import PredictOnly
from services.mlaas.ledger import repository
from services.mlaas.ledger.limits import Limits
from services.mlaas.ledger.schemas import QueryItem, QueryList, UsageItem, UsageList
from services.mlaas.ledger.tables import Usage
from services.mlaas.profile import QueryDefences
from services.web.cells import written
from services.web.paging import PageDep
from services.web.problem import Forbidden, InvalidRequest, Unauthenticated, responses

LAST_ROW = 2**63 - 1  # that SQLite and PostgreSQL can number

router = APIRouter(tags=["ledger"], responses=responses(Unauthenticated, PredictOnly, InvalidRequest))


@router.get("/v1/usage")
def get_usage(parts: PartsDep, account: Caller) -> UsageList:
    """What this account has asked, by model: the sums of the ledger, and what the model's quota leaves."""
    with parts.database.read() as session:
        found = repository.usage_and_profiles(session, account.id)
    return UsageList(items=[item(usage, quota_of(profile, parts)) for usage, profile in found])


def quota_of(profile: str, parts: Parts) -> int | None:
    """The one that holds now: a row of Usage has the one that held at its last charge."""
    queries = parts.profiles[profile].queries if profile in parts.profiles else QueryDefences()
    return Limits.of(queries, parts.settings.quota_records).quota


def item(usage: Usage, quota: int | None) -> UsageItem:
    return UsageItem(
        model_id=usage.model_id,
        requests=usage.requests,
        records=usage.records,
        quota=quota,
        remaining=None if quota is None else max(0, quota - usage.records),
    )


@router.get(
    "/v1/queries",
    response_model=QueryList,
    responses=responses(PredictOnly, Forbidden) | {200: {"content": {"text/csv": {}}}},
)
def list_queries(
    request: Request,
    parts: PartsDep,
    admin: Admin,
    page: PageDep,
    model_id: Annotated[str | None, Query(max_length=100)] = None,
) -> QueryList | Response:
    """The ledger, oldest first, for operators; CSV when `Accept: text/csv`."""
    after = min(int(page.after), LAST_ROW) if page.after.isdecimal() else 0
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
    writer.writerows({name: written(cell) for name, cell in query.model_dump().items()} for query in items)
    return text.getvalue()
