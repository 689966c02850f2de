"""What the facade of Amazon Machine Learning remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "amazon_data_source",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("statistics", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("deleted_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_amazon_data_source_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name="fk_amazon_data_source_dataset_id_dataset"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_amazon_data_source"),
    )
    op.create_table(
        "amazon_model_request",
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("data_source_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_amazon_model_request_model_id_model"),
        sa.PrimaryKeyConstraint("model_id", name="pk_amazon_model_request"),
    )
    op.create_table(
        "amazon_realtime_endpoint",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_amazon_realtime_endpoint_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name="fk_amazon_realtime_endpoint_model_id_model"
        ),
        sa.PrimaryKeyConstraint("account_id", "model_id", name="pk_amazon_realtime_endpoint"),
    )
