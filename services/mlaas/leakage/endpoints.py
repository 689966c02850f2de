from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from services.mlaas.dependencies import Caller, PartsDep
from services.mlaas.errors import (
    ModelNotReady,
    NothingHeldOut,
    OtherRecords,
    PredictOnly,
    RecordsDeleted,
    TooManyJobs,
)
from services.mlaas.leakage import service
from services.mlaas.leakage.page import as_page
from services.mlaas.leakage.schemas import NewReport, ReportDocument
from services.mlaas.leakage.tables import ENDED, LeakageReport
from services.web.patience import PatienceDep
from services.web.problem import InvalidRequest, NotFound, Unauthenticated, responses

HTML = "text/html"

router = APIRouter(
    prefix="/v1/models",
    tags=["leakage reports"],
    responses=responses(Unauthenticated, PredictOnly, InvalidRequest, NotFound),
)


@router.post(
    "/{model_id}/leakage-report",
    status_code=202,
    responses=responses(ModelNotReady, RecordsDeleted, NothingHeldOut, OtherRecords, TooManyJobs),
)
def assess_model(
    model_id: str, response: Response, parts: PartsDep, account: Caller, asked: NewReport | None = None
) -> ReportDocument:
    """Have a model of yours assessed: what can outsiders tell of its training records? Answers at once.

    Asked again before it has ended, it is the same report.
    """
    report = service.ask_for(
        parts.database, account, model_id, asked or NewReport(), parts.settings.account_jobs
    )
    response.headers["Location"] = f"/v1/models/{model_id}/leakage-report"
    return service.document(report)


@router.get(
    "/{model_id}/leakage-report",
    response_model=ReportDocument,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}},
)
async def get_leakage_report(
    model_id: str,
    parts: PartsDep,
    account: Caller,
    patience: PatienceDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> ReportDocument | Response:
    """The newest report on a model of yours, as JSON or as a page to read."""

    def look() -> LeakageReport:
        with parts.database.read() as session:
            return service.newest(session, account, model_id)

    await patience.until(lambda: look().state in ENDED)
    report = service.document(await run_in_threadpool(look))
    return HTMLResponse(as_page(report)) if HTML in accept.lower() else report
