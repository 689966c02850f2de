"""What the service says of itself: its limits, its data sets, its health."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.challenger.dataset import DATASETS, is_here
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
    """What can be played; `here` says whether it needs a network first."""
    return DatasetList(items=[describe(name, parts) for name in DATASETS.names()])


def describe(name: str, parts: PartsDep) -> DatasetDocument:
    dataset = DATASETS.load(name)
    return DatasetDocument(
        name=name,
        summary=dataset.summary,
        records=dataset.records,
        features=dataset.features,
        classes=dataset.classes,
        shape=list(dataset.shape) if dataset.shape else None,
        source=dataset.source,
        terms=dataset.terms,
        here=is_here(name, parts.settings.datasets),
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
