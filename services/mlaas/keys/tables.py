from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class Scope(StrEnum):
    """What a key may do."""

    PREDICT = "predict"  # ask the models that its account may ask, and read their format


class Key(Base):
    """A further key of an account, known by its digest alone."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    scope: Mapped[str]
    key_sha256: Mapped[str]
    created_at: Mapped[int]
    revoked_at: Mapped[int | None]
