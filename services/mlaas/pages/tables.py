from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.mlaas.database import Base


class PageSession(Base):
    """A browser that is signed in, known by the digest of its token, until a time in milliseconds."""

    __tablename__ = "page_session"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    ends_at: Mapped[int] = mapped_column(index=True)
