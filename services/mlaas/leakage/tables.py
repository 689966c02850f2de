from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base
from services.mlaas.models.tables import State


class LeakageReport(Base):
    """What the attacker found of a model, for its owner. `held_out_id` is a dataset that it never saw."""

    __tablename__ = "leakage_report"

    id: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), index=True)
    held_out_id: Mapped[str | None] = mapped_column(ForeignKey("dataset.id"))
    state: Mapped[str] = mapped_column(default=State.QUEUED)
    error: Mapped[str | None]
    seed: Mapped[int]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[int]
    ended_at: Mapped[int | None]
