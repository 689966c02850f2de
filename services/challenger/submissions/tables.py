from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.challenger.database import Base


class Submission(Base):
    """What one attacker hands in at once."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("game_id", "idempotency_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    game_id: Mapped[str] = mapped_column(ForeignKey("game.id"), index=True)
    idempotency_key: Mapped[str]  # the client's, else one of ours
    body_sha256: Mapped[str]
    primary: Mapped[str]
    ledger: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[int]

    attacks: Mapped[list["Attack"]] = relationship(order_by="Attack.position", lazy="selectin")


class Attack(Base):
    """Scores and decisions (T, N) as NPY, read only when they are evaluated: at closing."""

    __tablename__ = "attack"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    access: Mapped[str]
    scores_are: Mapped[str]
    scores: Mapped[bytes] = mapped_column(deferred=True)
    decisions: Mapped[bytes] = mapped_column(deferred=True)
    evaluation: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
