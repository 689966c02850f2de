from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["preparing", "open", "closed", "failed"]
Access = Literal["disjoint", "adaptive"]


class Knowledge(BaseModel):
    """What the attacker is given of the data."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["population"] = Field("population", description="Real records, none of them a candidate.")


class NewGame(BaseModel):
    """A contest to be prepared."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dataset": "location30", "profile": "google", "members": 1200}]},
    )

    dataset: str = Field(max_length=63)
    profile: str = Field(max_length=63)
    options: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field({}, max_length=100)
    members: int = Field(
        1_200, ge=2, description="Training records of each target; candidates are twice as many."
    )
    knowledge: Knowledge = Knowledge()
    access: Access = "disjoint"
    targets: int = Field(1, ge=1, le=1)
    overlap: float = Field(0.0, ge=0, le=0, description="Share of the population that may be members.")
    null: bool = Field(False, description="Train on other records: every attack must come out at 0.5.")
    canaries: int = Field(0, ge=0, le=0)
    seed: int | None = Field(
        None, ge=0, lt=2**63, description="With the challenger's secret, fixes the split."
    )


class CreatedGame(BaseModel):
    id: str
    url: str
    owner_key: str = Field(description="Closes the game. It is shown this once.")


class FeatureDocument(BaseModel):
    name: str
    kind: Literal["binary", "integer", "real", "categorical"]
    min: float
    max: float
    values: list[float] | None = None


class Rules(BaseModel):
    knowledge: Knowledge
    access: Access
    overlap: float
    max_submissions: int


class TargetDocument(BaseModel):
    index: int
    model_id: str


class GameDocument(BaseModel):
    """All that an attacker is told."""

    id: str
    state: State
    dataset: str
    provider_url: str
    profile: str
    options: dict[str, float]
    members: int
    candidates: int
    classes: list[str] = Field(description="Class k is the label k in column 0 of NPY records.")
    features: list[FeatureDocument]
    shape: list[int] | None = None
    rules: Rules
    targets: list[TargetDocument] = Field(description="Empty until the game is open.")
    error: str | None = None


class ClosedGame(BaseModel):
    id: str
    state: State
    submissions: int
