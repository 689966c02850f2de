from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import Session, undefer

from services.mlaas.models.tables import Model


def by_id(session: Session, model_id: str) -> Model | None:
    return session.scalars(
        select(Model).where(Model.id == model_id, Model.deleted_at.is_(None))
    ).one_or_none()


def with_rows(session: Session, model_id: str) -> Model:
    """A model that is there or was, with its lists of rows."""
    return session.get_one(Model, model_id, options=[undefer(Model.rows), undefer(Model.held_out)])


def ever_used(session: Session, model_id: str) -> Model | None:
    """The model of an id, deleted ones included: an id never names two models."""
    return session.get(Model, model_id)


def page(session: Session, account_id: str, after: str, size: int) -> Sequence[Model]:
    return session.scalars(
        select(Model)
        .where(Model.account_id == account_id, Model.deleted_at.is_(None), Model.id > after)
        .order_by(Model.id)
        .limit(size)
    ).all()


def every(session: Session) -> Sequence[Model]:
    return session.scalars(select(Model).order_by(Model.created_at)).all()


def artifacts(session: Session) -> set[str]:
    """The weights and the guards of all models that are not deleted."""
    kept = Model.deleted_at.is_(None)
    found = union(select(Model.artifact).where(kept), select(Model.guard).where(kept))
    return {sha256 for sha256 in session.scalars(found) if sha256 is not None}
