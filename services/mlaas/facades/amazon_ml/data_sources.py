"""Data sources: an account's datasets, under ids that it chose."""

import hashlib
from typing import Any

import orjson
from sqlalchemy import func, literal
from sqlalchemy.orm import Session

from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.datasets.service import owned
from services.mlaas.datasets.tables import Dataset
from services.mlaas.errors import StorageFull
from services.mlaas.facades.amazon_ml import repository
from services.mlaas.facades.amazon_ml.attributes import names_of
from services.mlaas.facades.amazon_ml.call import Call, seconds
from services.mlaas.facades.amazon_ml.filters import conditions
from services.mlaas.facades.amazon_ml.refusals import Mismatch
from services.mlaas.facades.amazon_ml.schemas import LOCATION, Listing, NewDataSource, OneDataSource
from services.mlaas.facades.amazon_ml.tables import DataSource
from services.web.paging import Page
from services.web.problem import InvalidRequest, NotFound

THERE = "COMPLETED"  # at once: its records were uploaded before
FILTERED = {
    "Status": literal(THERE),
    "Name": func.coalesce(DataSource.name, ""),
    "DataLocationS3": literal(LOCATION) + DataSource.dataset_id,
}


def create(call: Call, asked: NewDataSource) -> dict[str, Any]:
    account, request_sha256 = call.account, hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    with call.parts.database.write() as session:
        if known := repository.data_source(session, account.id, asked.DataSourceId):
            if known.deleted_at is not None or known.request_sha256 != request_sha256:
                raise Mismatch("This id names another data source; choose a new one.")
            return {"DataSourceId": known.id}
        if repository.data_sources_ever(session, account.id) >= call.parts.settings.account_datasets:
            raise StorageFull("The account can have no more data sources; use those that it has.")
        dataset = owned(session, account, asked.DataSpec.DataLocationS3.removeprefix(LOCATION))
        check_schema(asked.DataSpec.DataSchema, dataset)
        session.add(
            DataSource(
                account_id=account.id,
                id=asked.DataSourceId,
                dataset_id=dataset.id,
                request_sha256=request_sha256,
                name=asked.DataSourceName,
                statistics=asked.ComputeStatistics,
                created_at=now_ms(),
            )
        )
    return {"DataSourceId": asked.DataSourceId}


def check_schema(schema: str | None, dataset: Dataset) -> None:
    """Where one is sent, it must name the attributes as they are here; raises InvalidRequest."""
    if schema is None:
        return
    try:
        described = orjson.loads(schema)
        named = [str(attribute["attributeName"]) for attribute in described["attributes"]]
        target = described["targetAttributeName"]
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidRequest("DataSchema is a JSON text with attributes and targetAttributeName.") from error
    expected = names_of(dataset.declared_features, dataset.features)
    if named != [target, *expected]:
        raise InvalidRequest(
            "DataSchema does not name the attributes of the dataset: the target first, then "
            f"{', '.join(expected[:3])} and so on, {len(expected)} in all. Declare others by "
            f"PATCH /v1/datasets/{dataset.id}."
        )


def get(call: Call, asked: OneDataSource) -> dict[str, Any]:
    """A deleted one is there, and says so."""
    with call.parts.database.read() as session:
        return document(session, found(session, call.account, asked.DataSourceId))


def describe(call: Call, asked: Listing) -> dict[str, Any]:
    page = Page(asked.Limit, asked.NextToken)
    with call.parts.database.read() as session:
        wanted = conditions(asked, FILTERED)
        listed = repository.data_sources(session, call.account.id, wanted, page.after, page.size)
        results = [document(session, source) for source in listed]
    token = page.token(results, listed[-1].id if listed else "")
    return {"Results": results} | ({"NextToken": token} if token else {})


def delete(call: Call, asked: OneDataSource) -> dict[str, Any]:
    """The dataset stays: it is what Amazon reads from, and does not keep."""
    with call.parts.database.write() as session:
        source = found(session, call.account, asked.DataSourceId)
        source.deleted_at = source.deleted_at or now_ms()
    return {"DataSourceId": asked.DataSourceId}


def found(session: Session, account: Account, data_source_id: str) -> DataSource:
    """Raises NotFound."""
    if (source := repository.data_source(session, account.id, data_source_id)) is None:
        raise NotFound("This account has no such data source; DescribeDataSources lists what it has.")
    return source


def document(session: Session, source: DataSource) -> dict[str, Any]:
    dataset = session.get_one(Dataset, source.dataset_id)
    return {
        "DataSourceId": source.id,
        "DataLocationS3": LOCATION + source.dataset_id,
        "CreatedAt": seconds(source.created_at),
        "LastUpdatedAt": seconds(source.deleted_at or source.created_at),
        "DataSizeInBytes": dataset.bytes,
        "NumberOfFiles": 1,
        "Status": THERE if source.deleted_at is None else "DELETED",
        "ComputeStatistics": source.statistics,
    } | ({"Name": source.name} if source.name is not None else {})
