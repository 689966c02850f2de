"""Requests, with Google's names. What it took and this does not is refused, rather than left aside."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.mlaas.models.schemas import Identifier

Value = Annotated[float, Field(allow_inf_nan=False)]  # a number, or a text that is one
Record = Annotated[list[Value], Field(min_length=1, fail_fast=True)]
Label = Annotated[str, BeforeValidator(lambda label: str(label) if isinstance(label, int) else label)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Instance(Request):
    output: Annotated[Label, Field(min_length=1, max_length=1_000)]
    csvInstance: Record


class Insert(Request):
    """Records are in the request, or where `storageDataLocation` says: `mlaas/<dataset id>`, or the id."""

    kind: str = ""
    id: Identifier
    modelType: Annotated[Literal["classification"], BeforeValidator(lambda word: str(word).lower())] = (
        "classification"
    )
    storageDataLocation: str | None = Field(None, max_length=200)
    trainingInstances: Annotated[list[Instance], Field(min_length=1, fail_fast=True)] | None = None

    @model_validator(mode="after")
    def has_records(self) -> "Insert":
        if (self.storageDataLocation is None) == (self.trainingInstances is None):
            raise ValueError("give either trainingInstances or storageDataLocation")
        return self
