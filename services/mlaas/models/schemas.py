from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.mlaas.datasets.schemas import Feature
from services.mlaas.models.tables import State

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class NewModel(BaseModel):
    """A training to be done on a dataset or, `from` a model of yours, the same training served otherwise."""

    model_config = ConfigDict(extra="forbid")

    dataset_id: str | None = None
    served_from: str | None = Field(
        None, alias="from", description="Serve this trained model under another profile that trains alike."
    )
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

    @model_validator(mode="after")
    def records_or_a_model(self) -> Self:
        if (self.dataset_id is None) == (self.served_from is None):
            raise ValueError("give either dataset_id, to train, or from, to serve a trained model")
        if self.served_from is not None and self.model_fields_set & {"options", "rows", "holdout"}:
            raise ValueError("options, rows and holdout are those of the model served from; leave them out")
        return self


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
    served_from: str | None = Field(None, description="The model whose training it shares.")
    options: dict[str, float]
    training_rows: int
    holdout: float
    visibility: Literal["private", "public"]
    created_at: int = Field(description="Milliseconds since 1970, UTC.")


class ModelList(BaseModel):
    items: list[OwnModelDocument]
    next_page_token: str
