"""The truth stays home until the game is closed, and a game asked for alike does not give it away."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from services.challenger.files import GameFiles, load, save

RANDOM = re.compile(rb'"request_id":"[^"]*"|s-[a-z2-7]{12}')
PARTS = ("candidates", "knowledge", "membership")
PASSING = {"date", "x-request-id"}


def everything_served(owner: Any, game: str, submission: str) -> dict[str, Any]:
    """Status, headers and body of every route, whatever is random in them taken out."""
    names = {"game_id": game.rpartition("/")[2], "submission_id": submission}
    answers = {}
    for path, operations in owner.get("/openapi.json").json()["paths"].items():
        for method in operations.keys() - {"parameters"}:
            answers[method, path] = owner.request(method, path.format_map(names))
    answers["submitted", ""] = owner.submit(game, noise_for(owner, game))
    return {
        " ".join(asked): (
            answer.status_code,
            {name: value for name, value in answer.headers.items() if name not in PASSING},
            RANDOM.sub(b"", answer.content),
        )
        for asked, answer in answers.items()
    }


def change_the_truth(files: GameFiles) -> None:
    """Make the members non-members and train on these, as the files have it; make others the canaries."""
    membership, candidates = ~load(files.membership), load(files.candidates)
    save(files.membership, membership)
    for target, member in enumerate(membership):
        save(files.training(target), candidates[member])
    save(files.canaries, ~load(files.canaries))


GAMES: list[dict[str, Any]] = [
    {"targets": 3, "canaries": 20},
    {"targets": 2, "inclusion": "coin", "canaries": 21},
    {"knowledge": {"kind": "partial", "share": 0.2}},
    {"overlap": 0.03},
]


def test_nothing_served_before_closing_depends_on_the_truth(start: Any, tmp_path: Path) -> None:
    """Neither on who is a member, nor on how many are where coins decide, nor on who is a canary."""
    one, other = tmp_path / "one", tmp_path / "other"
    with start(one) as owner:
        games = [owner.opened(seed=3, **asked) for asked in GAMES]
        submissions = {game: owner.submit(game, noise_for(owner, game)).json()["id"] for game in games}
        keys = owner.keys
    shutil.copytree(one, other)
    for game in games:
        change_the_truth(GameFiles(other / "games" / game.rpartition("/")[2]))
    served, truth = [], []
    for data in (one, other):
        with start(data) as owner:
            owner.keys = keys
            served.append({game: everything_served(owner, game, submissions[game]) for game in games})
            truth.append({game: told_at_closing(owner, game) for game in games})
    for game in games:
        for part in ("membership", "canaries"):
            assert (truth[0][game][part] != truth[1][game][part]).all()
        assert len(served[0][game]) > 10
        for asked, answer in served[0][game].items():
            assert answer == served[1][game][asked], (game, asked)


def noise_for(owner: Any, game: str) -> Any:
    """Scores for every target and candidate."""
    told = owner.get(game).json()
    return np.tile(np.linspace(-1, 1, told["candidates"]), (len(told["targets"]), 1))


def told_at_closing(owner: Any, game: str) -> dict[str, Any]:
    owner.close_game(game).raise_for_status()
    return {part: owner.table(f"{game}/{part}") for part in ("membership", "canaries")}


@pytest.fixture(scope="module")
def alike(start: Any, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Games with the same parameters and seed: two of one challenger, one each of two fresh ones."""
    folder = tmp_path_factory.mktemp("alike")
    found: dict[str, dict[str, Any]] = {}

    def play(owner: Any, name: str) -> None:
        game = owner.opened(seed=12)
        owner.close_game(game).raise_for_status()
        found[name] = {
            part: owner.table(f"{game}/{part}") for part in ("candidates", "knowledge", "membership")
        }

    with start(folder / "one") as owner:
        play(owner, "first")
        play(owner, "second")
    with start(folder / "fresh") as owner:
        play(owner, "fresh")
    with start(folder / "foreign", b"another challenger's own secret.") as owner:
        play(owner, "foreign")
    return SimpleNamespace(**found)


def test_the_same_secret_and_seed_are_the_same_game_on_a_fresh_challenger(alike: SimpleNamespace) -> None:
    for part, array in alike.first.items():
        assert (array == alike.fresh[part]).all(), part


@pytest.mark.parametrize("name", ["second", "foreign"])
def test_a_game_asked_for_alike_gives_nothing_away(alike: SimpleNamespace, name: str) -> None:
    """Neither one on the same challenger nor one under another secret shares its split."""
    mine, theirs = truth_of(alike.first), truth_of(getattr(alike, name))
    both = mine.keys() & theirs.keys()
    assert len(both) < 60  # of 200 candidates among 1,797 records, 22 by chance
    assert [mine[record] for record in both] != [theirs[record] for record in both]
    assert abs(np.mean([mine[record] == theirs[record] for record in both]) - 0.5) < 0.4


def truth_of(game: dict[str, Any]) -> dict[bytes, bool]:
    return {
        bytes(row): bool(member)
        for row, member in zip(game["candidates"], game["membership"][0], strict=True)
    }
