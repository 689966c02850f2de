"""One game: its rules, how it is played and, once it is closed, what came of it."""

from dataclasses import dataclass
from typing import Any

from attacker.report.markup import Html, joined
from attacker.report.page import facts, page, paragraph, section, with_interval
from services.challenger.games.schemas import GameDocument
from services.challenger.pages.results import Curves, result_sections
from services.challenger.pages.rules import format_section, rules_section
from services.challenger.pages.words import STATES, counted, moment
from services.web.pages import command, link, spaced

NOT_OPEN = {
    "preparing": "The targets are being trained. Load this page again in a while.",
    "closed": "The game is closed and takes no more submissions. Its truth is told.",
}


@dataclass(frozen=True)
class Told:
    """What a game's page is made of; `board` and `curves`, which hang on the truth, once it is closed."""

    game: GameDocument
    url: str
    submissions: int
    created_at: int
    closed_at: int | None
    board: dict[str, Any] | None
    curves: Curves


def game_page(told: Told) -> str:
    game = told.game
    results = result_sections(told.board, told.curves) if told.board else []
    parts = [state_section(told), *results, play_section(told), rules_section(game), format_section(game)]
    return page(f"{game.dataset} under {game.profile}", parts, lead=spaced(link("/", "Games"), "/", game.id))


def state_section(told: Told) -> Html:
    game = told.game
    since = moment(told.closed_at) if told.closed_at else spaced("created", moment(told.created_at))
    pairs: list[tuple[object, object]] = [
        ("state", with_interval(STATES[game.state], since)),
        ("members", f"{'about ' * (game.rules.inclusion == 'coin')}{game.members:,}"),
        ("candidates", f"{game.candidates:,}"),
        ("targets", f"{len(game.targets):,}" if game.targets else "not yet"),
        ("submissions", f"{told.submissions:,} of {game.rules.max_submissions:,}"),
    ]
    return section("In short", facts(pairs), name="short")


def play_section(told: Told) -> Html:
    if told.game.state == "open":
        said = [
            paragraph("With the attacker at hand, this plays the game:"),
            command(f"attacker play {told.url}"),
            paragraph(
                f"So far {counted(told.submissions, 'submission')} came in. Scores are told at closing."
            ),
        ]
    else:
        said = [paragraph(NOT_OPEN.get(told.game.state) or f"The game failed. {told.game.error}")]
    return section("Playing", *said, paragraph(downloads(told)), name="playing")


def downloads(told: Told) -> Html:
    """What programs read; the truth only where it is told."""
    paths = {"the game": ""}
    if told.game.state in ("open", "closed"):
        paths |= {"candidates": "/candidates", "what the attacker is given": "/knowledge"}
    if told.game.state == "closed":
        paths |= {"membership": "/membership", "the scoreboard": "/scoreboard"}
    links = [link(f"/v1/games/{told.game.id}{path}", name) for name, path in paths.items()]
    return spaced("For programs:", joined(Html(", ".join(links)), "."))
