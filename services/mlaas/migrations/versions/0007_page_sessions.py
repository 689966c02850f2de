"""Browsers that are signed in to pages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "page_session",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("ends_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_page_session_account_id_account"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_page_session"),
    )
    op.create_index("ix_page_session_ends_at", "page_session", ["ends_at"])
