from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.challenger.games.schemas import Access


class AttackDocument(BaseModel):
    """One attack's result, its arrays apart: they are read without pydantic."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1, max_length=100)
    parameters: dict[str, Any] = {}
    access: Access = "disjoint"


class SubmissionDocument(BaseModel):
    model_config = ConfigDict(extra="ignore")

    attacks: list[AttackDocument] = Field(min_length=1)
    primary: str = Field(description="The attack that is to be judged, named in advance.")
    ledger: dict[str, Any] = Field({}, description="What each phase cost.")


class Acknowledged(BaseModel):
    id: str


class TargetAccuracy(BaseModel):
    """How often the targets are right: rates with interval and counts, all targets together."""

    train_accuracy: dict[str, Any] = Field(description="On their training records.")
    test_accuracy: dict[str, Any] = Field(description="On candidates that they have not seen.")


class EvaluatedSubmission(BaseModel):
    id: str
    attacks: list[dict[str, Any]]
    primary: str
    ledger: dict[str, Any]
    target: TargetAccuracy


class ScoredSubmission(BaseModel):
    """A row of the scoreboard: the attack named in advance stands first."""

    id: str
    submitted_at: int = Field(description="Milliseconds since 1970, UTC.")
    primary: str
    attacks: list[dict[str, Any]] = Field(description="Evaluations without their curves and classes.")
    ledger: dict[str, Any]


class Scoreboard(BaseModel):
    game: str
    dataset: str
    profile: str
    members: int
    null: bool
    target: TargetAccuracy
    submissions: list[ScoredSubmission]


MATRIX = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "number"}},
    "description": "T x N: a row for each target, a value for each candidate, in their order.",
}


def request_schema() -> dict[str, Any]:
    """The body as OpenAPI shows it, arrays included."""
    schema = SubmissionDocument.model_json_schema()
    attack = schema.pop("$defs")["AttackDocument"]
    attack["properties"] |= {"scores": MATRIX, "decisions": MATRIX}
    attack["required"] = ["name", "scores", "decisions"]
    schema["properties"]["attacks"]["items"] = attack
    return schema
