"""What Amazon remembers of its customers' objects and we do not."""

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class DataSource(Base):
    """A dataset under an id that the customer chose. A deleted one keeps its row, as at Amazon."""

    __tablename__ = "amazon_data_source"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"))
    request_sha256: Mapped[str]
    name: Mapped[str | None]
    statistics: Mapped[bool]  # asked for; Amazon trains on no data source without them
    created_at: Mapped[int]
    deleted_at: Mapped[int | None]


class ModelRequest(Base):
    """How a model was asked for, in Amazon's words; a model that was asked for in ours has none."""

    __tablename__ = "amazon_model_request"

    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), primary_key=True)
    data_source_id: Mapped[str]
    name: Mapped[str | None]
    kind: Mapped[str]
    parameters: Mapped[dict[str, str]] = mapped_column(JSON)


class RealtimeEndpoint(Base):
    """That an account wants to ask a model, its own or one that is shared with it."""

    __tablename__ = "amazon_realtime_endpoint"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), primary_key=True)
    created_at: Mapped[int]
