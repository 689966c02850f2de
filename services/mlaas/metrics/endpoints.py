from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from services.mlaas.dependencies import Admin, PartsDep
from services.mlaas.errors import PredictOnly
from services.mlaas.metrics import repository
from services.mlaas.metrics.exposition import MEDIA_TYPE, Family, exposition
from services.web.problem import Forbidden, Unauthenticated, responses

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=responses(Unauthenticated, PredictOnly, Forbidden),
)
def get_metrics(parts: PartsDep, admin: Admin) -> Response:
    """Figures for Prometheus, with an operator's key. Models are told apart by their profiles alone."""
    with parts.database.read() as session:
        return Response(exposition(families(session)), media_type=MEDIA_TYPE)


def families(session: Session) -> list[Family]:
    asked, models = repository.asked(session), repository.models(session)
    return [
        Family(
            "mlaas_requests_total",
            "counter",
            "Prediction requests in the ledger.",
            [({"profile": profile}, requests) for profile, requests, _ in asked],
        ),
        Family(
            "mlaas_records_total",
            "counter",
            "Records charged for.",
            [({"profile": profile}, records) for profile, _, records in asked],
        ),
        Family(
            "mlaas_models",
            "gauge",
            "Models that are not deleted.",
            [({"profile": profile, "state": state}, count) for profile, state, count in models],
        ),
        Family(
            "mlaas_unfinished_jobs",
            "gauge",
            "Trainings and leakage reports that wait or are under way.",
            [({}, repository.unfinished_jobs(session))],
        ),
    ]
