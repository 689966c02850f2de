from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Feature(BaseModel):
    """One column, as its owner declares it: never a statistic of the uploaded records."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    kind: Literal["binary", "integer", "real", "categorical"] = "real"
    min: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)
    values: list[Annotated[float, Field(allow_inf_nan=False)]] | None = Field(None, max_length=10_000)


class Declaration(BaseModel):
    """The format of the records that others may see."""

    model_config = ConfigDict(extra="forbid")

    features: list[Feature]
    shape: list[Annotated[int, Field(ge=1)]] | None = Field(
        None, max_length=4, description="Of images, (H, W) or (H, W, C): the order of the columns."
    )


class DatasetDocument(BaseModel):
    id: str
    name: str
    rows: int
    features: int
    classes: list[str]
    bytes: int
    sha256: str
    created_at: int = Field(description="Milliseconds since 1970, UTC.")


class DatasetList(BaseModel):
    items: list[DatasetDocument]
    next_page_token: str
