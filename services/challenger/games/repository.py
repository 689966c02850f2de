from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.challenger.games.tables import Game
from services.challenger.split import Draw


def by_id(session: Session, game_id: str) -> Game | None:
    return session.get(Game, game_id)


def draw_of(game: Game) -> Draw:
    """What the game's split comes from."""
    return Draw(**{field.name: getattr(game, field.name) for field in fields(Draw)})


def asked_before(session: Session, draw: Draw) -> int:
    """How many games asked for the same split, whatever became of them."""
    same = (
        Game.dataset == draw.dataset,
        Game.members == draw.members,
        Game.targets == draw.targets,
        Game.null == draw.null,
        Game.seed == draw.seed,
        Game.inclusion == draw.inclusion,
        Game.canaries == draw.canaries,
        Game.known == draw.known,
    )
    return session.scalar(select(func.count()).select_from(Game).where(*same)) or 0


def preparing(session: Session) -> Sequence[Game]:
    return session.scalars(select(Game).where(Game.state == "preparing").order_by(Game.created_at)).all()
