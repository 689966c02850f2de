"""Closing: by the owner alone, once, and then everything is told."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from challenger.asking import answers
from live import refused

TRUTH = ("membership", "scoreboard")


@pytest.fixture(scope="module")
def played(owner: Any, provider_url: str) -> SimpleNamespace:
    """A closed game on a target that learnt its members by heart, and what was handed in."""
    game = owner.opened(profile="overfitted", members=200, seed=1)
    candidates = owner.table(f"{game}/candidates")
    [answered], [confidence] = answers(owner, game, provider_url)
    asked = {
        "attacks": [
            {"name": "noise", "scores": [np.random.default_rng(0).normal(size=400).tolist()]}
            | {"decisions": [[True] * 400]},
            {"name": "confidence", "parameters": {"threshold": 0.9}, "scores": [confidence.tolist()]}
            | {"decisions": [(confidence > 0.9).tolist()]},
        ],
        "primary": "confidence",
        "ledger": {"target_queries": {"records": 400}},
    }
    sid = owner.post(f"{game}/submissions", json=asked).raise_for_status().json()["id"]
    early = {part: owner.get(f"{game}/{part}") for part in (*TRUTH, f"submissions/{sid}")}
    closed = owner.close_game(game)
    return SimpleNamespace(game=game, sid=sid, early=early, closed=closed, right=answered == candidates[:, 0])


def test_nothing_is_told_before_closing(played: SimpleNamespace) -> None:
    for answer in played.early.values():
        refused(answer, 409, "game-not-closed")


def test_closing_is_acknowledged_and_can_be_repeated(owner: Any, played: SimpleNamespace) -> None:
    before = owner.get(f"{played.game}/scoreboard").json()
    again = owner.close_game(played.game)
    assert (played.closed.status_code, again.status_code) == (200, 200)
    assert again.json() == played.closed.json()
    assert again.json() == {"id": played.game.rpartition("/")[2], "state": "closed", "submissions": 1}
    assert owner.get(f"{played.game}/scoreboard").json() == before


def test_membership_is_told(owner: Any, played: SimpleNamespace) -> None:
    membership = owner.table(f"{played.game}/membership")
    assert (membership.dtype, membership.shape) == (np.bool_, (1, 400))
    assert membership.sum() == 200


def test_an_evaluation_counts_what_was_decided(owner: Any, played: SimpleNamespace) -> None:
    membership = owner.table(f"{played.game}/membership")[0]
    submission = owner.get(f"{played.game}/submissions/{played.sid}").json()
    noise, confidence = submission["attacks"]
    assert (submission["primary"], submission["ledger"]) == (
        "confidence",
        {"target_queries": {"records": 400}},
    )
    assert (confidence["name"], confidence["parameters"]) == ("confidence", {"threshold": 0.9})
    assert (confidence["access"], confidence["targets"]) == ("disjoint", 1)
    assert noise["recall"] == {"value": 1.0, "count": 200, "of": 200} | bounds(noise["recall"])
    assert noise["precision"]["value"] == 0.5
    assert sum(row["members"] for row in confidence["per_class"]) == membership.sum()
    assert confidence["auc"]["low"] > noise["auc"]["value"]


def bounds(rate: dict[str, float]) -> dict[str, float]:
    assert rate["low"] <= rate["value"] <= rate["high"]
    return {name: rate[name] for name in ("low", "high")}


def test_the_targets_accuracies_are_those_of_its_answers(owner: Any, played: SimpleNamespace) -> None:
    membership = owner.table(f"{played.game}/membership")[0]
    target = owner.get(f"{played.game}/submissions/{played.sid}").json()["target"]
    train, test = target["train_accuracy"], target["test_accuracy"]
    assert (train["count"], train["of"]) == (played.right[membership].sum(), 200)
    assert (test["count"], test["of"]) == (played.right[~membership].sum(), 200)
    assert train["value"] > test["value"]


def test_the_scoreboard_has_the_attack_named_in_advance_first(owner: Any, played: SimpleNamespace) -> None:
    board = owner.get(f"{played.game}/scoreboard").json()
    assert (board["dataset"], board["profile"], board["members"], board["null"]) == (
        "digits",
        "overfitted",
        200,
        False,
    )
    [submission] = board["submissions"]
    assert [attack["name"] for attack in submission["attacks"]] == ["confidence", "noise"]
    assert "roc" not in submission["attacks"][0]
    bounds(submission["attacks"][0]["auc"])


def test_a_closed_game_takes_no_submission(owner: Any, played: SimpleNamespace) -> None:
    assert "closed" in refused(owner.submit(played.game, np.zeros(400)), 409, "game-not-open")
    assert owner.get(played.game).json()["state"] == "closed"
    assert len(owner.table(f"{played.game}/candidates")) == 400


def test_only_the_owner_closes(owner: Any) -> None:
    game, other = owner.opened(), owner.create().json()
    refused(owner.post(f"{game}/close"), 401, "unauthenticated")
    for key in (other["owner_key"], "nonsense", "ok_g.x"):
        headers = {"Authorization": f"Bearer {key}"}
        refused(owner.post(f"{game}/close", headers=headers), 403, "forbidden")
    refused(owner.get(f"{game}/scoreboard"), 409, "game-not-closed")


def test_in_a_null_game_the_target_knows_no_candidate(owner: Any) -> None:
    game = owner.opened(profile="overfitted", null=True)
    assert "null" not in owner.get(game).text
    assert owner.close_game(game).status_code == 200
    board = owner.get(f"{game}/scoreboard").json()
    assert board["null"]
    assert board["submissions"] == []
    assert board["controls"]["null_control"] is None
    assert board["target"]["train_accuracy"]["of"] == 100
    assert board["target"]["test_accuracy"]["of"] == 200  # members and non-members: neither was trained on
    assert board["target"]["train_accuracy"]["value"] > board["target"]["test_accuracy"]["value"]
