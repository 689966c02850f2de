from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class State(StrEnum):
    QUEUED = "queued"
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (State.READY, State.FAILED, State.CANCELLED)


class Model(Base):
    """A model that a customer asked for. `model_type`, `choice`, `guard` are for the operator alone."""

    __tablename__ = "model"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), index=True)
    request_sha256: Mapped[str]
    profile: Mapped[str]
    options: Mapped[dict[str, float]] = mapped_column(JSON)
    # Lists of int32 row numbers, of megabytes: read where they are asked for, gone with what they are for.
    rows: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # trained on; None: all
    held_out: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # kept aside
    training_rows: Mapped[int]
    holdout: Mapped[float]
    seed: Mapped[int]
    features: Mapped[int]
    classes: Mapped[list[str]] = mapped_column(JSON)
    visibility: Mapped[str] = mapped_column(default="private")
    state: Mapped[str] = mapped_column(default=State.QUEUED)
    error: Mapped[str | None]
    artifact: Mapped[str | None]
    model_type: Mapped[str | None]
    choice: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    served_from: Mapped[str | None] = mapped_column(ForeignKey("model.id"))  # whose training it shares
    guard: Mapped[str | None]  # artefact of the classifier that an output defence learned
    created_at: Mapped[int]
    ended_at: Mapped[int | None]
    deleted_at: Mapped[int | None]

    @property
    def bytes_of_rows(self) -> int:
        return len(self.rows or b"") + len(self.held_out or b"")

    def forget_rows(self) -> None:
        self.rows = self.held_out = None
