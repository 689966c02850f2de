from fastapi import APIRouter, Request, Response

from services.challenger.dependencies import PartsDep
from services.challenger.games import repository, service
from services.challenger.pages.game import Told, game_page
from services.challenger.pages.games import games_page, unlisted_page
from services.challenger.submissions import repository as submissions
from services.challenger.submissions.service import curves, scoreboard
from services.web.pages import PageRoute, answer
from services.web.paging import PageDep

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
def show_games(parts: PartsDep, page: PageDep) -> Response:
    """The games, the newest first."""
    if not parts.settings.listed:
        return answer(unlisted_page())
    with parts.database.read() as session:
        found = repository.newest(session, page.after, page.size + 1)
    shown = found[: page.size]
    more = len(found) > len(shown)
    return answer(
        games_page(shown, next_page=page.token(shown, repository.place_of(shown[-1])) if more else "")
    )


@router.get("/games/{game_id}")
def show_game(game_id: str, request: Request, parts: PartsDep) -> Response:
    """The rules of a game and, once it is closed, its scoreboard."""
    with parts.database.read() as session:
        game = service.find(session, game_id)
        count = submissions.count(session, game_id)
    closed = game.state == "closed"
    told = Told(
        service.document(parts, game),
        f"{str(request.base_url).rstrip('/')}/v1/games/{game.id}",
        count,
        game.created_at,
        game.closed_at,
        scoreboard(parts, game_id).model_dump() if closed else None,
        curves(parts, game_id) if closed else {},
    )
    return answer(game_page(told))
