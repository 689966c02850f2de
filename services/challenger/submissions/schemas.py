from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.challenger.games.schemas import Access
from services.challenger.split import Inclusion


class AttackDocument(BaseModel):
    """One attack's result, its arrays apart: they are read without pydantic."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1, max_length=100)
    parameters: dict[str, Any] = {}
    access: Access = "disjoint"
    scores_are: Literal["scores", "probabilities"] = Field(
        "scores",
        description="`probabilities`: each score is the probability that the candidate is a member, "
        "and its calibration is evaluated too.",
    )


class SubmissionDocument(BaseModel):
    model_config = ConfigDict(extra="ignore")

    attacks: list[AttackDocument] = Field(min_length=1)
    primary: str = Field(description="The attack that is to be judged, named in advance.")
    ledger: dict[str, Any] = Field({}, description="What each phase cost.")


class Acknowledged(BaseModel):
    id: str


class TargetAccuracy(BaseModel):
    """How often the targets are right: rates with interval and counts, all targets together.

    A canary counts with the wrong label that it bears.
    """

    train_accuracy: dict[str, Any] = Field(description="On their training records.")
    test_accuracy: dict[str, Any] = Field(description="On candidates that they have not seen.")


class Controls(BaseModel):
    """What a sound game shows whoever played."""

    blind_baseline: dict[str, Any] | None = Field(
        description="The AUC of a classifier of the candidates' records alone. Where it does not hold, the "
        "game is broken: members differ from non-members before anything is trained. Null for small games."
    )
    null_control: dict[str, Any] | None = Field(
        description="Of a null game: every attack, all at one simultaneous level of 0.001."
    )


class EvaluatedSubmission(BaseModel):
    id: str
    attacks: list[dict[str, Any]] = Field(
        description="`epsilon` is a `lower_bound` in games by coin, valid for the primary, which was named "
        "in advance; elsewhere it is `descriptive`. `most_at_risk` is how many are members of the 1 % of "
        "candidates scored highest on each target (at least 10, ties with the last of them whole); "
        "`canaries` is of these alone."
    )
    primary: str
    ledger: dict[str, Any]
    target: TargetAccuracy
    controls: Controls


class ScoredSubmission(BaseModel):
    """What one attacker handed in: first the attack named in advance, then the best in hindsight."""

    id: str
    submitted_at: int = Field(description="Milliseconds since 1970, UTC.")
    primary: str
    best_in_hindsight: str = Field(
        description="The attack with the highest AUC: chosen by the truth, so its figures flatter it."
    )
    truth_told: bool = Field(
        description="Whether a twin of the game was closed, and so the truth told, before this was handed in."
    )
    attacks: list[dict[str, Any]] = Field(description="Evaluations without their curves and classes.")
    ledger: dict[str, Any]


class Scoreboard(BaseModel):
    game: str
    twin_of: str | None = Field(description="The game whose candidates and truth it shares.")
    dataset: str
    profile: str
    members: int
    targets: int
    inclusion: Inclusion
    canaries: int
    overlap: float
    null: bool
    target: TargetAccuracy
    controls: Controls
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
