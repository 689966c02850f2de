from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from services.challenger.database import now_ms
from services.challenger.games.tables import DRAW, Game
from services.challenger.split import Draw
from services.challenger.submissions.tables import Submission
from services.web.problem import InvalidRequest


@dataclass(frozen=True)
class Listed:
    """What a list tells of a game."""

    id: str
    dataset: str
    profile: str
    members: int
    targets: int
    state: str
    created_at: int
    closed_at: int | None
    submissions: int


def by_id(session: Session, game_id: str) -> Game | None:
    return session.get(Game, game_id)


def draw_of(game: Game) -> Draw:
    """What the game's split comes from."""
    return Draw(**{field.name: getattr(game, field.name) for field in fields(Draw)})


def asked_before(session: Session, draw: Draw) -> int:
    """How many games asked for the same split, whatever became of them; a twin asks for none."""
    alike = [getattr(Game, name) == getattr(draw, name) for name in DRAW if name != "ordinal"]
    asked = select(func.count()).select_from(Game).where(*alike, Game.twin_of.is_(None))
    return session.scalar(asked) or 0


def next_moment(session: Session) -> int:
    """Now, in milliseconds since 1970, but later than every submission and closing that there was.

    Their order tells who could have known what; the time of day may have been set back.
    """
    moments = (Submission.created_at, Game.closed_at)
    return max(now_ms(), *(1 + (session.scalar(select(func.max(moment))) or 0) for moment in moments))


def told_since(session: Session, game: Game) -> int | None:
    """When the first of the others that share the game's truth was closed; None when none is."""
    alike = [getattr(Game, name) == getattr(game, name) for name in DRAW]
    return session.scalar(select(func.min(Game.closed_at)).where(*alike, Game.id != game.id))


def preparing(session: Session) -> Sequence[Game]:
    return session.scalars(select(Game).where(Game.state == "preparing").order_by(Game.created_at)).all()


def newest(session: Session, after: str, size: int) -> Sequence[Listed]:
    """At most so many games, the newest first, from behind the one at that place on.

    Those on an owner's own records are known to whom their address was given.
    """
    handed_in = select(func.count()).select_from(Submission).where(Submission.game_id == Game.id)
    told = [getattr(Game, field.name) for field in fields(Listed) if field.name != "submissions"]
    chosen = select(*told, handed_in.scalar_subquery().label("submissions")).order_by(
        Game.created_at.desc(), Game.id.desc()
    )
    chosen = chosen.where(Game.own.is_(None))
    if after:
        chosen = chosen.where(tuple_(Game.created_at, Game.id) < place_in(after))
    return [Listed(**found._mapping) for found in session.execute(chosen.limit(size))]


def place_of(game: Listed) -> str:
    """Where in the list it stands, whatever comes before it later."""
    return f"{game.created_at} {game.id}"


def place_in(after: str) -> tuple[int, str]:
    created_at, _, game_id = after.partition(" ")
    if not (created_at.isascii() and created_at.isdecimal() and len(created_at) < 19):
        raise InvalidRequest("The page_token is not one of ours; leave it out to begin.")
    return int(created_at), game_id
