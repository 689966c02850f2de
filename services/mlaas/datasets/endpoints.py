from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.mlaas.datasets import repository, service
from services.mlaas.datasets.csv import Header
from services.mlaas.datasets.records import name_of
from services.mlaas.datasets.schemas import DatasetDocument, DatasetList, Declaration
from services.mlaas.datasets.tables import Dataset
from services.mlaas.dependencies import Caller, PartsDep
from services.mlaas.errors import InUse, PredictOnly, StorageFull
from services.web.bodies import NPY
from services.web.paging import PageDep
from services.web.problem import (
    BadData,
    BodyTooLarge,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)

router = APIRouter(
    prefix="/v1/datasets",
    tags=["datasets"],
    responses=responses(Unauthenticated, PredictOnly, InvalidRequest),
)
RECORDS_BODY = {
    "requestBody": {
        "required": True,
        "description": "Records: the label in column 0, features after it.",
        "content": {
            NPY: {"schema": {"type": "string", "format": "binary"}},
            service.CSV: {"schema": {"type": "string"}, "example": "cat,0.5,1\ndog,0.1,0\n"},
        },
    }
}


def document(dataset: Dataset) -> DatasetDocument:
    return DatasetDocument.model_validate(dataset, from_attributes=True)


@router.post(
    "",
    status_code=201,
    openapi_extra=RECORDS_BODY,
    responses=responses(PredictOnly, StorageFull, BadData, BodyTooLarge, UnsupportedMediaType)
    | {200: {"model": DatasetDocument, "description": "This account has the same content already"}},
)
async def upload_dataset(
    request: Request,
    response: Response,
    parts: PartsDep,
    account: Caller,
    name: Annotated[str, Query(max_length=200)] = "",
    header: Annotated[
        Header, Query(description="Whether the first line of a CSV names the columns.")
    ] = "auto",
) -> DatasetDocument:
    """Upload labelled records as a raw body, streamed and checked."""
    dataset, new = await service.receive_dataset(request, parts, account, name, header)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/v1/datasets/{dataset.id}"
    return document(dataset)


@router.get("")
def list_datasets(parts: PartsDep, account: Caller, page: PageDep) -> DatasetList:
    with parts.database.read() as session:
        found = repository.page(session, account.id, page.after, page.size)
    token = page.token(found, found[-1].id if found else "")
    return DatasetList(items=[document(dataset) for dataset in found], next_page_token=token)


@router.get("/{dataset_id}", responses=responses(NotFound))
def get_dataset(dataset_id: str, parts: PartsDep, account: Caller) -> DatasetDocument:
    with parts.database.read() as session:
        return document(service.owned(session, account, dataset_id))


@router.patch("/{dataset_id}", responses=responses(NotFound, InUse))
def declare_format(
    dataset_id: str, declaration: Declaration, parts: PartsDep, account: Caller
) -> DatasetDocument:
    """Declare the columns: what others see of the format when a model on this dataset is shared."""
    with parts.database.write() as session:
        dataset = service.owned(session, account, dataset_id)
        service.declare(session, dataset, declaration)
        return document(dataset)


@router.delete("/{dataset_id}", status_code=204, responses=responses(NotFound, InUse))
def delete_dataset(dataset_id: str, parts: PartsDep, account: Caller) -> None:
    with parts.database.write() as session:
        service.delete(session, service.owned(session, account, dataset_id))
    parts.storage.delete(name_of(dataset_id))
