from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from services.mlaas.keys.tables import Key


def by_id(session: Session, key_id: str) -> Key | None:
    return session.get(Key, key_id)


def page(session: Session, account_id: str, after: str, size: int) -> Sequence[Key]:
    """Of one account, the revoked ones too."""
    return session.scalars(
        select(Key).where(Key.account_id == account_id, Key.id > after).order_by(Key.id).limit(size)
    ).all()


def revoked(connection: Connection, key_ids: Collection[str]) -> set[str]:
    """Those of them that are."""
    return set(connection.scalars(select(Key.id).where(Key.id.in_(key_ids), Key.revoked_at.is_not(None))))
