from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mlaas.datasets.tables import Dataset


def by_id(session: Session, account_id: str, dataset_id: str) -> Dataset | None:
    return session.scalars(
        select(Dataset).where(
            Dataset.id == dataset_id, Dataset.account_id == account_id, Dataset.deleted_at.is_(None)
        )
    ).one_or_none()


def by_content(session: Session, account_id: str, sha256: str, read_as: str) -> Dataset | None:
    return session.scalars(
        select(Dataset).where(
            Dataset.account_id == account_id,
            Dataset.sha256 == sha256,
            Dataset.read_as == read_as,
            Dataset.deleted_at.is_(None),
        )
    ).first()


def page(session: Session, account_id: str, after: str, size: int) -> Sequence[Dataset]:
    return session.scalars(
        select(Dataset)
        .where(Dataset.account_id == account_id, Dataset.deleted_at.is_(None), Dataset.id > after)
        .order_by(Dataset.id)
        .limit(size)
    ).all()
