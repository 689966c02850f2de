"""When servers began, which the time of the log is told by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "log_start",
        sa.Column("id", BIG, nullable=False, autoincrement=True),
        sa.Column("begun", BIG, nullable=False),
        sa.Column("gap", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_start"),
    )
