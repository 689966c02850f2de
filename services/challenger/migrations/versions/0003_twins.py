"""Twin games, which share another's split; when a game was closed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

DRAW = ("dataset", "members", "targets", "null", "seed", "inclusion", "canaries", "known", "ordinal")


def upgrade() -> None:
    with op.batch_alter_table("game") as game:
        game.add_column(sa.Column("twin_of", sa.String()))
        game.add_column(sa.Column("closed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
        game.drop_constraint("uq_game_dataset", type_="unique")
        game.create_index("uq_game_draw", DRAW, unique=True, sqlite_where=sa.text("twin_of IS NULL"))
    op.add_column("target", sa.Column("served_from", sa.String()))
    # The truth has been told since then at the latest; twins come after.
    op.execute("UPDATE game SET closed_at = created_at WHERE state = 'closed'")
