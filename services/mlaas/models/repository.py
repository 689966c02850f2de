from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mlaas.models.tables import ENDED, Model


def by_id(session: Session, model_id: str) -> Model | None:
    return session.scalars(
        select(Model).where(Model.id == model_id, Model.deleted_at.is_(None))
    ).one_or_none()


def ever_used(session: Session, model_id: str) -> Model | None:
    """The model of an id, deleted ones included: an id never names two models."""
    return session.get(Model, model_id)


def unfinished_on(session: Session, dataset_id: str) -> bool:
    found = session.scalars(
        select(Model.id).where(Model.dataset_id == dataset_id, Model.state.not_in(ENDED)).limit(1)
    )
    return found.one_or_none() is not None


def page(session: Session, account_id: str, after: str, size: int) -> Sequence[Model]:
    return session.scalars(
        select(Model)
        .where(Model.account_id == account_id, Model.deleted_at.is_(None), Model.id > after)
        .order_by(Model.id)
        .limit(size)
    ).all()


def every(session: Session) -> Sequence[Model]:
    return session.scalars(select(Model).order_by(Model.created_at)).all()
