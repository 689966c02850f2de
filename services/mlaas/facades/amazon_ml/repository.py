from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from services.mlaas.datasets.tables import Dataset
from services.mlaas.facades.amazon_ml.filters import Condition
from services.mlaas.facades.amazon_ml.tables import DataSource, ModelRequest, RealtimeEndpoint
from services.mlaas.models.tables import Model


class Mounted(NamedTuple):
    """What it takes to read a record and to write the answer; `kind` is None where Amazon was not asked."""

    features: int
    declared: Sequence[Mapping[str, Any]] | None
    kind: str | None


def data_source(session: Session, account_id: str, data_source_id: str) -> DataSource | None:
    """Deleted ones included: an id never names two."""
    return session.get(DataSource, (account_id, data_source_id))


def data_sources(
    session: Session, account_id: str, wanted: Sequence[Condition], after: str, size: int
) -> Sequence[DataSource]:
    return session.scalars(
        select(DataSource)
        .where(DataSource.account_id == account_id, DataSource.deleted_at.is_(None), DataSource.id > after)
        .where(*wanted)
        .order_by(DataSource.id)
        .limit(size)
    ).all()


def data_sources_ever(session: Session, account_id: str) -> int:
    return session.scalars(
        select(func.count()).select_from(DataSource).where(DataSource.account_id == account_id)
    ).one()


def models(
    session: Session, account_id: str, wanted: Sequence[Condition], after: str, size: int
) -> Sequence[Model]:
    """What is wanted of a model may be said of its request and of the account's endpoint, too."""
    endpoint = and_(RealtimeEndpoint.model_id == Model.id, RealtimeEndpoint.account_id == account_id)
    return session.scalars(
        select(Model)
        .outerjoin(ModelRequest, ModelRequest.model_id == Model.id)
        .outerjoin(RealtimeEndpoint, endpoint)
        .where(Model.account_id == account_id, Model.deleted_at.is_(None), Model.id > after)
        .where(*wanted)
        .order_by(Model.id)
        .limit(size)
    ).all()


def model_requests(session: Session, model_ids: Collection[str]) -> Mapping[str, ModelRequest]:
    found = session.scalars(select(ModelRequest).where(ModelRequest.model_id.in_(model_ids)))
    return {request.model_id: request for request in found}


def endpoints(
    session: Session, account_id: str, model_ids: Collection[str]
) -> Mapping[str, RealtimeEndpoint]:
    """An account's endpoints, by their models."""
    found = session.scalars(
        select(RealtimeEndpoint).where(
            RealtimeEndpoint.account_id == account_id, RealtimeEndpoint.model_id.in_(model_ids)
        )
    )
    return {endpoint.model_id: endpoint for endpoint in found}


def mounted(session: Session, account_id: str, model_id: str) -> Mounted | None:
    """Of a model that the account has an endpoint of: in one query, for every prediction makes it."""
    row = session.execute(
        select(Model.features, Dataset.declared_features, ModelRequest.kind)
        .select_from(RealtimeEndpoint)
        .join(Model, Model.id == RealtimeEndpoint.model_id)
        .join(Dataset, Dataset.id == Model.dataset_id)
        .outerjoin(ModelRequest, ModelRequest.model_id == Model.id)
        .where(RealtimeEndpoint.account_id == account_id, RealtimeEndpoint.model_id == model_id)
    ).one_or_none()
    return Mounted(*row) if row else None
