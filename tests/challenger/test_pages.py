"""The pages at the challenger's root: the games, the rules of one, and after its closing the scoreboard."""

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from browser import looked_at, needs_browser
from live import refused

from services.challenger.files import GameFiles
from services.challenger.scoreboard import COLUMNS, epsilon_of, findings, heading, rate_in, worst_case
from services.web.roc_curve import curves
from torture.contests.exchange import exchange_the_truth

HOSTILE = "</title><script>alert(1)</script>&amp;\"'"
RESULTS = ["scoreboard", "roc", "soundness"]


class Seen(HTMLParser):
    """What a page holds: its elements, the rows of its tables, the ids of its sections, its addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.sections: list[str] = []
        self.addresses: list[str] = []
        self.text, self.in_cell = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        if tag == "h2":
            self.sections.append(given["id"] or "")
        if tag == "a":
            self.addresses.append(given["href"] or "")
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.in_cell = True
        if tag in ("small", "br", "p", "li", "span"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self.in_cell = False

    def handle_data(self, text: str) -> None:
        self.text += text
        if self.in_cell:
            self.rows[-1][-1] += text


def page_of(owner: Any, game: str) -> str:
    """Of a game by its path in the API."""
    answer = owner.get(game.removeprefix("/v1")).raise_for_status()
    assert answer.headers["content-type"].startswith("text/html")
    return str(answer.text)


def claims(count: int, *names: str, seed: int = 0) -> dict[str, Any]:
    """A submission of noise."""
    random = np.random.default_rng(seed)
    scores = {name: random.normal(size=(1, count)) for name in names}
    attacks = [
        {"name": name, "scores": one.tolist(), "decisions": (one > 0).tolist()}
        for name, one in scores.items()
    ]
    return {"attacks": attacks, "primary": names[-1]}


@pytest.fixture(scope="module")
def played(owner: Any) -> SimpleNamespace:
    """A closed game that got six submissions, one of a hostile name; and its page before it was closed."""
    game = owner.opened(profile="overfitted", canaries=20)
    for number in range(6):
        asked = claims(200, "first", HOSTILE if number == 0 else "noise", seed=number)
        owner.post(f"{game}/submissions", json=asked).raise_for_status()
    before = page_of(owner, game)
    owner.close_game(game).raise_for_status()
    board = owner.get(f"{game}/scoreboard").json()
    return SimpleNamespace(game=game, before=before, page=page_of(owner, game), board=board)


def test_the_first_page_leads_to_every_game_the_newest_first(owner: Any) -> None:
    made = [owner.opened().removeprefix("/v1") for _ in range(3)]
    found, further = list[str](), ["/?"]
    while further:
        seen = Seen(owner.get(f"{further[0]}&page_size=1").raise_for_status().text)
        [game] = [one for one in seen.addresses if one.startswith("/games/")]
        assert game not in found
        found.append(game)
        further = [one for one in seen.addresses if one.startswith("/?")]
    assert found[:3] == made[::-1]
    assert [one for one in Seen(owner.get("/").text).addresses if one.startswith("/games/")] == found


def test_a_game_is_listed_with_its_state_and_what_came_in(owner: Any) -> None:
    game = owner.opened()
    owner.submit(game, np.zeros(200)).raise_for_status()
    line = "digits under tiny {} " + game.rpartition("/")[2] + ": 100 members, 1 target, 1 submission; {}"
    assert line.format("open", "created") in listed(owner)
    owner.close_game(game).raise_for_status()
    assert line.format("closed", "closed") in listed(owner)


def listed(owner: Any) -> str:
    """The newest game's line."""
    return Seen(owner.get("/", params={"page_size": 1}).text).text


def test_a_challenger_can_keep_its_games_to_those_who_have_their_addresses(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHALLENGER_LISTED", "false")
    with start(tmp_path / "challenger") as owner:
        game = owner.opened()
        first = owner.get("/").raise_for_status().text
        assert "This challenger lists none" in first
        assert game.rpartition("/")[2] not in first
        assert "Rules" in page_of(owner, game)


def test_the_rules_are_those_of_the_game(owner: Any) -> None:
    game = owner.opened(
        inclusion="coin",
        targets=2,
        canaries=10,
        access="adaptive",
        knowledge={"kind": "noisy", "mode": "replace", "rate": 0.25},
    )
    text = Seen(page_of(owner, game)).text
    for said in (
        "The attacker is handed 200 records of digits",
        "under the profile tiny.",
        "A coin decides for each candidate",
        "with 0.25 of the features of every record changed (replace)",
        "Shadow models may learn candidates",
        "10 candidates bear a wrong label",
        f"attacker play {owner.base_url}{game}",
    ):
        assert said in text
    assert f"{game}/candidates" in Seen(page_of(owner, game)).addresses


def test_a_null_game_looks_like_any_other_until_it_is_closed(owner: Any) -> None:
    games = [owner.opened(null=null) for null in (False, True)]
    first, second = (bare(page_of(owner, game), game) for game in games)
    assert first == second
    owner.close_game(games[1]).raise_for_status()
    assert "null game" in page_of(owner, games[1])


def bare(page: str, game: str) -> str:
    """Without the game's id and times."""
    return re.sub("<time.*?</time>", "", page.replace(game.rpartition("/")[2], ""))


def test_until_the_closing_a_page_does_not_depend_on_who_is_a_member(owner: Any) -> None:
    """Members become non-members, and the others the canaries, as the files have it."""
    game = owner.opened(profile="overfitted", canaries=20)
    submitted = owner.table(f"{game}/candidates")[:, 1]
    owner.submit(game, submitted).raise_for_status()
    before = page_of(owner, game), owner.get("/").text
    exchange_the_truth(GameFiles(owner.data / "games" / game.rpartition("/")[2]))
    assert (page_of(owner, game), owner.get("/").text) == before
    owner.close_game(game).raise_for_status()
    assert Seen(page_of(owner, game)).sections[1:4] == RESULTS


def test_before_the_closing_nothing_is_told_but_how_many_came(played: SimpleNamespace) -> None:
    seen = Seen(played.before)
    assert seen.sections == ["short", "playing", "rules", "records"]
    assert "So far 6 submissions came in." in seen.text
    assert not {"table", "svg"} & set(seen.tags)
    assert not any(one in played.before for one in ("noise", "membership", "scoreboard"))


def test_the_scoreboard_is_the_one_of_the_api(played: SimpleNamespace) -> None:
    rows = [row for row in Seen(played.page).rows if row[0] != "attack"]
    attacks = [attack for one in played.board["submissions"] for attack in one["attacks"]]
    assert len(rows) == len(attacks) == 12
    for row, attack in zip(rows, attacks, strict=True):
        assert row[0].startswith(attack["name"])
        found = [rate_in(attack, path) for path in COLUMNS.values()]
        assert row[1].split()[0] == f"{found[0]['value']:.3f}"
        advantage = 2 * attack["balanced_accuracy"]["value"] - 1
        assert row[2].split()[0] == f"{100 * advantage:.1f}"
        for cell, rate in zip(row[3:], [attack["accuracy"], *found[1:]], strict=True):
            assert cell.split() == told(rate)


def told(rate: dict[str, Any]) -> list[str]:
    if rate["value"] is None:
        return ["needs", f"{rate['needs']:,}"]
    low, value, high = (f"{100 * rate[end]:.1f}" for end in ("low", "value", "high"))
    counts = [str(rate["count"]), "of", str(rate["of"])] if "of" in rate else []
    return [value, f"{low}\N{EN DASH}{high}", *counts]


def test_the_page_says_what_the_command_says(played: SimpleNamespace) -> None:
    text, board = Seen(played.page).text, played.board
    for said in (heading(board), *findings(board["controls"])):
        assert said in text
    for submission in board["submissions"]:
        primary = submission["attacks"][0]
        for said in (epsilon_of(primary), *worst_case(primary)):
            assert said in text


def test_five_curves_are_drawn_each_with_dashes_of_its_own(played: SimpleNamespace) -> None:
    drawn = played.page[played.page.index('id="roc"') : played.page.index('id="soundness"')]
    dashes = re.findall(r'stroke="var\(--series-\d\)" stroke-width="2" stroke-dasharray="([^"]+)"', drawn)
    assert len(dashes) == 10  # a curve and its sample in the legend
    assert len(set(dashes)) == 5
    best = sorted((one["attacks"][0]["auc"]["value"], one["id"]) for one in played.board["submissions"])
    assert best[0][1] not in drawn
    assert all(one in drawn for _, one in best[1:])
    assert "1 submission with a lower AUC" in drawn
    with pytest.raises(ValueError, match="At most 5"):
        curves([[(0, 0), (1, 1)]] * 6, across="", up="")


def test_what_others_chose_is_text(played: SimpleNamespace) -> None:
    seen = Seen(played.page)
    assert HOSTILE.split("&")[0] in seen.text
    assert escape(HOSTILE) in played.page
    assert "script" not in seen.tags


def test_a_page_may_fetch_and_run_nothing(owner: Any, played: SimpleNamespace) -> None:
    for path in ("/", played.game.removeprefix("/v1"), "/games/g-none"):
        answer = owner.get(path)
        style = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
        [digest] = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in style]
        policy = answer.headers["content-security-policy"]
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert not {"script", "img", "link", "iframe", "form"} & set(Seen(answer.text).tags)


def test_problems_are_pages_here_and_documents_in_the_api(owner: Any) -> None:
    for path, status in (("/games/g-none", 404), ("/?page_token=eA==", 422), ("/?page_size=x", 422)):
        answer = owner.get(path)
        assert (answer.status_code, "<h1>" in answer.text) == (status, True)
    assert "There is no game of that id" in owner.get("/games/g-none").text
    refused(owner.get("/v1/games/g-none", headers={"Accept": "text/html"}), 404, "not-found")


def test_every_link_leads_somewhere(owner: Any, played: SimpleNamespace) -> None:
    found = {*Seen(played.page).addresses, *Seen(owner.get("/").text).addresses}
    assert len(found) > 6
    with httpx.Client(base_url=owner.base_url, timeout=60) as client:
        for address in found:
            assert address.startswith("/")
            assert client.get(address).status_code == 200


def test_pages_are_not_of_the_api(owner: Any) -> None:
    assert not any(
        path == "/" or path.startswith("/games") for path in owner.get("/openapi.json").json()["paths"]
    )


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["first", "before", "page"])
def test_a_browser_shows_all_of_it_on_a_phone_and_at_a_desk(
    owner: Any, played: SimpleNamespace, tmp_path: Path, which: str, width: int
) -> None:
    page = owner.get("/").text if which == "first" else getattr(played, which)
    seen = looked_at(page, width, tmp_path)
    assert seen["widths"] == [width] * 2
    assert (seen["fetched"], seen["beyond"], seen["missed"]) == (0, [], [])
    assert seen["reached"].count("A") == len(Seen(page).addresses)
