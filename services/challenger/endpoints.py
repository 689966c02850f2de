"""What the service says of itself: its limits, its data sets, its health."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.challenger.dataset import DATASETS, how_to_get, records_here
from services.challenger.dependencies import PartsDep
from services.web.application import check_writable
from services.web.problem import Overloaded, responses

router = APIRouter(tags=["service"])


class Service(BaseModel):
    name: str
    api_versions: list[str]
    limits: dict[str, int]


class DatasetDocument(BaseModel):
    name: str
    summary: str
    records: int
    features: int
    classes: int
    shape: list[int] | None
    source: str
    terms: str
    here: bool
    records_here: int
    missing: str | None
    substitute: str | None


class DatasetList(BaseModel):
    items: list[DatasetDocument]


class Health(BaseModel):
    status: str


@router.get("/v1")
def describe_service(parts: PartsDep) -> Service:
    """The limits to stay within."""
    return Service(name="challenger", api_versions=["v1"], limits=parts.settings.limits())


@router.get("/v1/datasets")
def list_datasets(parts: PartsDep) -> DatasetList:
    """What can be played; if it is not `here`, `missing` says how to get it, `substitute` what is like it.

    Of some data sets a part can be played: `records_here`, of `records`.
    """
    return DatasetList(items=[describe(name, parts) for name in DATASETS.names()])


def describe(name: str, parts: PartsDep) -> DatasetDocument:
    dataset, here = DATASETS.load(name), records_here(name, parts.settings.datasets)
    return DatasetDocument(
        name=name,
        summary=dataset.summary,
        records=dataset.records,
        features=dataset.features,
        classes=dataset.classes,
        shape=list(dataset.shape) if dataset.shape else None,
        source=dataset.source,
        terms=dataset.terms,
        here=here > 0,
        records_here=here,
        missing=None if here else how_to_get(name),
        substitute=dataset.substitute,
    )


@router.get("/livez")
def is_alive() -> Health:
    """The process is up."""
    return Health(status="alive")


@router.get("/readyz", responses=responses(Overloaded))
def is_ready(parts: PartsDep) -> Health:
    """The database can be written to and games are being prepared."""
    check_writable(parts.database)
    if not parts.preparation.alive:
        raise Overloaded("Games are not being prepared; restart the service.")
    return Health(status="ready")
