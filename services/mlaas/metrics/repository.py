from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.mlaas.jobs.tables import Job
from services.mlaas.ledger.tables import Usage
from services.mlaas.models.tables import Model


def asked(session: Session) -> Sequence[tuple[str, int, int]]:
    """The profiles of models that were asked, with the requests and the records."""
    sums = select(Model.profile, func.sum(Usage.requests), func.sum(Usage.records))
    found = sums.join(Model, Model.id == Usage.model_id).group_by(Model.profile).order_by(Model.profile)
    return [(profile, int(requests), int(records)) for profile, requests, records in session.execute(found)]


def models(session: Session) -> Sequence[tuple[str, str, int]]:
    """How many there are by profile and state."""
    kinds = Model.profile, Model.state
    found = select(*kinds, func.count()).where(Model.deleted_at.is_(None)).group_by(*kinds).order_by(*kinds)
    return [(profile, state, count) for profile, state, count in session.execute(found)]


def unfinished_jobs(session: Session) -> int:
    """Trainings and leakage reports that wait or are under way."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.ended.is_(False))) or 0
