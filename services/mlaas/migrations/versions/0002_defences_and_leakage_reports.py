"""Models served under another profile, defences that learn, sketches of queries, leakage reports."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("model") as model:
        model.add_column(sa.Column("served_from", sa.String()))
        model.add_column(sa.Column("guard", sa.String()))
        model.create_foreign_key("fk_model_served_from_model", "model", ["served_from"], ["id"])
    op.add_column("query", sa.Column("sketch", sa.LargeBinary()))
    op.create_index(
        "ix_query_account_id_model_id_at_records", "query", ["account_id", "model_id", "at", "records"]
    )
    op.create_table(
        "leakage_report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("held_out_id", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("shadows", BIG, nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("document", sa.JSON()),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("ended_at", BIG),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_leakage_report_model_id_model"),
        sa.ForeignKeyConstraint(
            ["held_out_id"], ["dataset.id"], name="fk_leakage_report_held_out_id_dataset"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_leakage_report"),
    )
    op.create_index("ix_leakage_report_model_id", "leakage_report", ["model_id"])
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("report_id", sa.String()))
        job.drop_constraint("uq_job_model_id", type_="unique")
        job.create_index("ix_job_model_id", ["model_id"])
        job.create_unique_constraint("uq_job_report_id", ["report_id"])
        job.create_foreign_key("fk_job_report_id_leakage_report", "leakage_report", ["report_id"], ["id"])
