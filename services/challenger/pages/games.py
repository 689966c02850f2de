"""The first page: what this service is, and the games there are."""

from collections.abc import Sequence

from attacker.report.markup import Html, element, joined
from attacker.report.page import page, paragraph, section
from services.challenger.games.repository import Listed
from services.challenger.pages.words import STATES, counted, moment
from services.web.pages import command, link, spaced

TITLE = "Membership inference games"
LEAD = (
    "Was this record in the training set? The challenger has models trained on some of its records and hands "
    "out candidates; attackers say which of them are members. Until a game is closed nobody is told who is "
    "right."
)
CREATE = "challenger create --dataset digits --profile neural_network --members 400"


def games_page(games: Sequence[Listed], *, next_page: str) -> str:
    """`next_page`: its token, empty where there is none."""
    if not games:
        return around(paragraph("There is none here. This command makes one:"), command(CREATE))
    rows = element("ul", *map(row, games), class_="list")
    further = paragraph(link(f"/?page_token={next_page}", "Older games")) if next_page else ""
    return around(rows, further)


def unlisted_page() -> str:
    return around(paragraph("This challenger lists none: who was given a game's address can open it."))


def around(*parts: object) -> str:
    """With what programs read."""
    documents = spaced(
        link("/v1/datasets", "data sets"), "and", joined(link("/openapi.json", "the API"), ".")
    )
    programs = paragraph(spaced("For programs, in JSON:", documents))
    return page(TITLE, [section("Games", *parts, name="games"), programs], lead=LEAD)


def row(game: Listed) -> Html:
    counts = ((game.members, "member"), (game.targets, "target"), (game.submissions, "submission"))
    told = ", ".join(counted(count, what) for count, what in counts)
    since = ("closed", moment(game.closed_at)) if game.closed_at else ("created", moment(game.created_at))
    return element(
        "li",
        link(f"/games/{game.id}", f"{game.dataset} under {game.profile}"),
        element("span", STATES[game.state], class_=f"state {game.state}"),
        element("small", spaced(f"{game.id}: {told};", *since)),
    )
