"""Members in the population, and how the targets generalise."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("game", sa.Column("overlap", sa.Float(), nullable=False, server_default="0"))
    op.add_column("game", sa.Column("generalisation", sa.JSON()))
