from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.mlaas.datasets.tables import Dataset
from services.mlaas.models.tables import Model


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


def stored(session: Session, account_id: str) -> tuple[int, int]:
    """How many datasets an account has; their bytes as sent, with those of its models' lists of rows."""
    sums = select(func.count(), func.coalesce(func.sum(Dataset.bytes), 0))
    own = sums.where(Dataset.account_id == account_id, Dataset.deleted_at.is_(None))
    count, size = session.execute(own).one()
    lists = sum(func.coalesce(func.length(each), 0) for each in (Model.rows, Model.held_out))
    listed = select(func.coalesce(func.sum(lists), 0)).where(Model.account_id == account_id)
    return count, int(size) + int(session.scalars(listed).one())


def ids(session: Session) -> Sequence[str]:
    """Of all that are not deleted."""
    return session.scalars(select(Dataset.id).where(Dataset.deleted_at.is_(None))).all()
