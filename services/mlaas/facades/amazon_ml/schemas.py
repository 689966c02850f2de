"""Requests, with Amazon's names. What it takes and this does not is refused, rather than left aside."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.mlaas.models.schemas import Identifier

EntityId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{1,64}$")]
EntityName = Annotated[str, Field(max_length=1024)]
Compared = Annotated[str, Field(max_length=1024)]
Kind = Literal["BINARY", "MULTICLASS"]
BINARY: Kind = "BINARY"
MULTICLASS: Kind = "MULTICLASS"  # of models that were asked for in our own words, too
MOST_LISTED = 100
LOCATION = "s3://mlaas/"


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DataSpec(Request):
    """Nothing is rearranged, and no schema is read from elsewhere."""

    DataLocationS3: str = Field(pattern=rf"^{LOCATION}[a-z0-9-]+$")
    DataSchema: str | None = None


class NewDataSource(Request):
    DataSourceId: EntityId
    DataSourceName: EntityName | None = None
    DataSpec: DataSpec
    ComputeStatistics: bool = False


class OneDataSource(Request):
    DataSourceId: str
    Verbose: bool = False


class NewMLModel(Request):
    """There are no recipes: the records are taken as they are."""

    MLModelId: Identifier
    MLModelName: EntityName | None = None
    MLModelType: Kind
    TrainingDataSourceId: EntityId
    Parameters: dict[str, str] = {}


class OneMLModel(Request):
    MLModelId: str
    Verbose: bool = False


class Listing(Request):
    """In the order of the ids, which no SortOrder changes."""

    Limit: int = Field(MOST_LISTED, ge=1, le=MOST_LISTED)
    NextToken: str = Field("", max_length=200)
    FilterVariable: str | None = None
    EQ: Compared | None = None
    NE: Compared | None = None
    GT: Compared | None = None
    GE: Compared | None = None
    LT: Compared | None = None
    LE: Compared | None = None
    Prefix: Compared | None = None


class Prediction(Request):
    """`Record` is read once it is known what the model's attributes are."""

    model_config = ConfigDict(extra="ignore")

    MLModelId: str
    PredictEndpoint: str
