from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class Dataset(Base):
    """An upload. Its records lie in files; deleted ones keep their row, for models trained on them."""

    __tablename__ = "dataset"
    __table_args__ = (Index("ix_dataset_account_id_sha256", "account_id", "sha256"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str]
    sha256: Mapped[str]
    read_as: Mapped[str]  # the same bytes, read with a header or without, are two datasets
    rows: Mapped[int]
    features: Mapped[int]
    classes: Mapped[list[str]] = mapped_column(JSON)
    bytes: Mapped[int]
    declared_features: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    shape: Mapped[list[int] | None] = mapped_column(JSON)
    created_at: Mapped[int]
    deleted_at: Mapped[int | None]
