from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mlaas.accounts.tables import Account


def by_id(session: Session, account_id: str) -> Account | None:
    return session.get(Account, account_id)


def all_accounts(session: Session) -> Sequence[Account]:
    return session.scalars(select(Account).order_by(Account.created_at)).all()
