from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.mlaas.leakage.tables import ReportState

MOST_SHADOWS = 64


class NewReport(BaseModel):
    """How a model is to be assessed."""

    model_config = ConfigDict(extra="forbid")

    held_out: str | None = Field(
        None,
        description="A dataset of yours with records that the model never saw; without it, those that were "
        "kept aside by `holdout`.",
    )
    shadows: int = Field(
        8, ge=4, le=MOST_SHADOWS, description="Models that are trained for comparison, or a few more."
    )


class ReportDocument(BaseModel):
    """A report and how far it is."""

    id: str
    model_id: str
    state: ReportState
    error: str | None = None
    created_at: int = Field(description="Milliseconds since 1970, UTC.")
    ended_at: int | None = None
    report: dict[str, Any] | None = Field(
        None, description="What was found, in words and numbers; a rate has its interval and its counts."
    )
