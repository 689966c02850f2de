"""Games, their targets, submissions and their attacks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "game",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("targets", sa.Integer(), nullable=False),
        sa.Column("null", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("inclusion", sa.String(), nullable=False),
        sa.Column("canaries", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("knowledge", sa.JSON(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("max_submissions", sa.Integer(), nullable=False),
        sa.Column("owner_key_sha256", sa.String(), nullable=False),
        sa.Column("provider_key", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("controls", sa.JSON()),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.UniqueConstraint(
            "dataset", "members", "targets", "null", "seed", "inclusion", "canaries", "known", "ordinal"
        ),
    )
    op.create_table(
        "target",
        sa.Column("game_id", sa.String(), sa.ForeignKey("game.id"), primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("train_right", sa.Integer()),
        sa.Column("train_of", sa.Integer()),
        sa.Column("test_right", sa.Integer()),
        sa.Column("test_of", sa.Integer()),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("game_id", sa.String(), sa.ForeignKey("game.id"), nullable=False, index=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("primary", sa.String(), nullable=False),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.UniqueConstraint("game_id", "idempotency_key"),
    )
    op.create_table(
        "attack",
        sa.Column("submission_id", sa.String(), sa.ForeignKey("submission.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("scores_are", sa.String(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.Column("decisions", sa.LargeBinary(), nullable=False),
        sa.Column("evaluation", sa.JSON()),
    )
