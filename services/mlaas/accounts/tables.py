from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class Account(Base):
    """A customer, or the operator when `is_admin`."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    key_sha256: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int]
    revoked_at: Mapped[int | None]
