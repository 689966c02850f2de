from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class Query(Base):
    """One answered prediction request: the ledger's row, committed before the answer leaves."""

    __tablename__ = "query"
    __table_args__ = (
        Index("uq_query_account_id_idempotency_key", "account_id", "idempotency_key", unique=True),
        Index("ix_query_model_id_id", "model_id", "id"),
        # All that a rate limit reads: the rows themselves are not looked up.
        Index("ix_query_account_id_model_id_at_records", "account_id", "model_id", "at", "records"),
        Index(
            "ix_query_watched",
            "model_id",
            "account_id",
            "id",
            sqlite_where=text("sketch IS NOT NULL"),
            postgresql_where=text("sketch IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[int]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"))
    records: Mapped[int]
    request_id: Mapped[str]
    idempotency_key: Mapped[str | None]
    request_sha256: Mapped[str]
    sketch: Mapped[bytes | None] = mapped_column(LargeBinary)  # of some records; None: not watched


class LogStart(Base):
    """A server began to log: at a time in milliseconds since 1970, and so long after the newest row."""

    __tablename__ = "log_start"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    begun: Mapped[int]
    gap: Mapped[int]


class Usage(Base):
    """The sums of the log by account and model, kept in the same transactions."""

    __tablename__ = "usage"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), primary_key=True)
    requests: Mapped[int] = mapped_column(default=0)
    records: Mapped[int] = mapped_column(default=0)
    quota: Mapped[int | None]
