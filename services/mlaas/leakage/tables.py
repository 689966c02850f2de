from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class ReportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


ENDED = (ReportState.READY, ReportState.FAILED)


class LeakageReport(Base):
    """What the attacker found of a model, for its owner. `held_out_id` is a dataset that it never saw.

    Without one, the records count that were kept aside from training.
    """

    __tablename__ = "leakage_report"

    id: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), index=True)
    held_out_id: Mapped[str | None] = mapped_column(ForeignKey("dataset.id"))
    state: Mapped[str] = mapped_column(default=ReportState.QUEUED)
    error: Mapped[str | None]
    shadows: Mapped[int]
    seed: Mapped[int]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[int]
    ended_at: Mapped[int | None]
