from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.mlaas.datasets.schemas import Feature
from services.mlaas.models.tables import State

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class NewModel(BaseModel):
    """A training to be done."""

    model_config = ConfigDict(extra="forbid")

    dataset_id: str
    profile: str
    options: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = {}
    rows: (
        Annotated[
            list[Annotated[int, Field(ge=0, lt=2**31)]],
            Field(min_length=1, max_length=2_000_000, fail_fast=True),
        ]
        | None
    ) = Field(None, description="Train on these rows of the dataset; without it, on all.")
    holdout: float = Field(0.0, ge=0, lt=1, description="Share of the rows kept aside from training.")
    id: Identifier | None = Field(
        None, description="An id of your own: the same request again is answered alike."
    )


class ModelChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    visibility: Literal["private", "public"]


class ModelDocument(BaseModel):
    """What anybody who may use a model sees of it."""

    id: str
    state: State
    profile: str
    classes: list[str] = Field(description="The order of an answer's columns; it never changes.")
    features: list[Feature] = Field(description="What the owner declared of the columns.")
    shape: list[int] | None = None
    error: str | None = None


class OwnModelDocument(ModelDocument):
    """What its owner sees besides."""

    dataset_id: str
    options: dict[str, float]
    training_rows: int
    holdout: float
    visibility: Literal["private", "public"]
    created_at: int = Field(description="Milliseconds since 1970, UTC.")


class ModelList(BaseModel):
    items: list[OwnModelDocument]
    next_page_token: str
