from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.challenger.database import Base
from services.challenger.split import Inclusion

DRAW = ("dataset", "members", "targets", "null", "seed", "inclusion", "canaries", "known", "ordinal")


class Game(Base):
    """One contest. The columns of `DRAW` are what its split comes from: no two games share them but twins."""

    __tablename__ = "game"
    __table_args__ = (Index("uq_game_draw", *DRAW, unique=True, sqlite_where=text("twin_of IS NULL")),)

    id: Mapped[str] = mapped_column(primary_key=True)
    twin_of: Mapped[str | None]  # the game whose truth it shares; that one may be gone
    state: Mapped[str] = mapped_column(index=True)  # preparing, open, closed, failed
    dataset: Mapped[str]
    members: Mapped[int]
    targets: Mapped[int]
    null: Mapped[bool]
    seed: Mapped[str]
    inclusion: Mapped[Inclusion] = mapped_column(String)
    canaries: Mapped[int]
    known: Mapped[int]  # members, and as many non-members, that are no candidates: told, or in the population
    ordinal: Mapped[int]
    profile: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    knowledge: Mapped[dict[str, Any]] = mapped_column(JSON)
    access: Mapped[str]
    overlap: Mapped[float] = mapped_column(Float)  # share of the population that are members
    max_submissions: Mapped[int]
    owner_key_sha256: Mapped[str]
    provider_key: Mapped[str | None]  # the data owner's account for this game
    error: Mapped[str | None]
    own: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # of an owner's own records
    controls: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # since the closing
    generalisation: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True
    )  # since the closing; long
    created_at: Mapped[int]
    closed_at: Mapped[int | None]

    models: Mapped[list["Target"]] = relationship(order_by="Target.index", lazy="selectin")

    @property
    def learned(self) -> int:
        """Training records of a target: of an owner's own records, some may be no candidates."""
        return int(self.own["learned"]) if self.own else self.members

    @property
    def deployed(self) -> dict[str, Any] | None:
        """Where the target is, if the provider does not train it."""
        return self.own["deployed"] if self.own else None


class Target(Base):
    """One target model; how often it is right, on its training records and on others, is known at closing."""

    __tablename__ = "target"

    game_id: Mapped[str] = mapped_column(ForeignKey("game.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str]  # made once: whenever the game is prepared again, it is the same model
    served_from: Mapped[str | None]  # a twin's: the model that it is, where the provider can serve it so
    train_right: Mapped[int | None]
    train_of: Mapped[int | None]
    test_right: Mapped[int | None]
    test_of: Mapped[int | None]
