"""Controls at closing: a game that was lost before it began says so."""

from typing import Any

import numpy as np
import pytest

from services.challenger.cli.scoreboard import show
from services.challenger.controls import blind_baseline
from services.challenger.files import GameFiles, load, save
from services.challenger.scoreboard import findings


def files_of(owner: Any, game: str) -> GameFiles:
    return GameFiles(owner.data / "games" / game.rpartition("/")[2])


def shown(board: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    """The scoreboard as its command prints it, in one line."""
    show(board)
    return " ".join(capsys.readouterr().out.split())


def test_where_nothing_was_learned_an_attack_that_finds_something_is_named(
    owner: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    game = owner.opened(null=True, seed=105, targets=2)
    membership = load(files_of(owner, game).membership)
    noise = np.random.default_rng(0).normal(size=membership.shape)
    honest = owner.submit(game, noise, name="noise").json()["id"]
    cheating = owner.submit(game, membership + noise, name="[peeping]").json()["id"]
    owner.close_game(game).raise_for_status()
    board = owner.get(f"{game}/scoreboard").json()
    controls = board["controls"]
    assert controls["blind_baseline"]["holds"]
    control = controls["null_control"]
    assert control["attacks"].keys() == {f"{honest} noise", f"{cheating} [peeping]"}
    assert control["failing"] == [f"{cheating} [peeping]"]
    assert not control["holds"]
    assert controls == owner.get(f"{game}/submissions/{honest}").json()["controls"]
    assert f"THE NULL CONTROL FAILS for {cheating} [peeping]" in shown(board, capsys)


def test_a_game_whose_members_are_other_records_than_its_non_members_is_broken(
    owner: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    game = owner.opened(seed=6)
    files = files_of(owner, game)
    brightness = load(files.candidates)[:, 1:].sum(axis=1)
    save(files.membership, (brightness > np.median(brightness))[np.newaxis])
    owner.close_game(game).raise_for_status()
    board = owner.get(f"{game}/scoreboard").json()
    controls = board["controls"]
    assert not controls["blind_baseline"]["holds"]
    assert controls["blind_baseline"]["auc"]["low"] > 0.6
    assert controls["null_control"] is None
    assert "THE GAME IS BROKEN" in shown(board, capsys)


def test_records_that_may_tell_something_are_not_said_to_tell_nothing() -> None:
    membership = np.arange(300)[np.newaxis] % 2 == 0
    for shift, told in (0.0, "tell nothing"), (0.5, "compare attacks with it"), (2.0, "THE GAME IS BROKEN"):
        features = np.random.default_rng(1).normal(size=(300, 8))
        features[membership[0], 0] += shift
        candidates = np.column_stack([np.zeros(300), features])
        blind = blind_baseline(candidates, membership, np.random.default_rng(0))
        assert blind is not None
        [said] = findings({"blind_baseline": blind, "null_control": None})
        assert told in said
        if told == "compare attacks with it":
            assert blind["auc"]["low"] > 0.5
            assert f"{100 * blind['p']:.1f} % of sound games" in said


def test_too_few_candidates_have_no_blind_baseline(owner: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than one of no value, or none that is a number."""
    few = np.arange(98 * 3).reshape(98, 3)
    membership = np.arange(98)[np.newaxis] % 2 == 0
    assert blind_baseline(few, membership, np.random.default_rng(0)) is None
    game = owner.opened(members=2, seed=7)
    owner.submit(game, [1, 2, 3, 4]).raise_for_status()
    owner.close_game(game).raise_for_status()
    board = owner.get(f"{game}/scoreboard").json()
    assert board["controls"]["blind_baseline"] is None
    assert "Too few candidates" in shown(board, capsys)
