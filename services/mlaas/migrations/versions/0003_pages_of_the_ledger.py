"""Indexes of the ledger by what is read: one model's rows in their order, and the rows that were watched."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WATCHED = sa.text("sketch IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_query_model_id_at", "query")
    op.create_index("ix_query_model_id_id", "query", ["model_id", "id"])
    op.create_index(
        "ix_query_watched",
        "query",
        ["model_id", "account_id", "id"],
        sqlite_where=WATCHED,
        postgresql_where=WATCHED,
    )
