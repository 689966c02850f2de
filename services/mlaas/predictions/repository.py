from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from services.mlaas.accounts.tables import Account
from services.mlaas.models.tables import Model
from services.mlaas.predictions.tables import Query, Usage

# One statement a prediction: the account by its key, and the model beside it if there is one.
ACCOUNT_AND_MODEL = (
    select(
        Account.id,
        Account.key_sha256,
        Account.revoked_at,
        Model.id.label("model_id"),
        Model.account_id.label("owner_id"),
        Model.visibility,
        Model.state,
        Model.artifact,
        Model.features,
        Model.classes,
    )
    .outerjoin(Model, and_(Model.id == bindparam("model_id"), Model.deleted_at.is_(None)))
    .where(Account.id == bindparam("account_id"))
)


def account_and_model(session: Session, account_id: str, model_id: str) -> Any:
    """The row of ACCOUNT_AND_MODEL, or None when there is no such account."""
    return session.execute(ACCOUNT_AND_MODEL, {"account_id": account_id, "model_id": model_id}).one_or_none()


def usage(session: Session, account_id: str | None) -> Sequence[Usage]:
    """The sums by model of one account, or of all."""
    statement = select(Usage).order_by(Usage.account_id, Usage.model_id)
    return session.scalars(
        statement if account_id is None else statement.where(Usage.account_id == account_id)
    ).all()


def queries(session: Session, after: int, size: int, model_id: str | None) -> Sequence[Query]:
    statement = select(Query).where(Query.id > after).order_by(Query.id).limit(size)
    return session.scalars(
        statement if model_id is None else statement.where(Query.model_id == model_id)
    ).all()
