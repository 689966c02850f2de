from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class Job(Base):
    """Work to be done: a training or, with a `report_id`, a leakage report.

    Whoever holds its lease does it, see leases.py; `attempt` fences late results.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id"), index=True)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("leakage_report.id"), unique=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), index=True)
    ended: Mapped[bool] = mapped_column(default=False, index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_expires_at: Mapped[int] = mapped_column(default=0)
