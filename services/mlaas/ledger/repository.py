from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mlaas.ledger.tables import Query, Usage


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
