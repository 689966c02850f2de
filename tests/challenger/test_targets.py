"""Games with several targets, coins and canaries: each target is trained and judged on its own draw."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from challenger.asking import answers, auc
from live import refused

from services.challenger.cli.scoreboard import show
from services.challenger.dataset import load


@pytest.fixture(scope="module")
def played(owner: Any, provider_url: str) -> SimpleNamespace:
    """A closed game on three targets that learnt their members by heart, a coin's choice, and 60 canaries."""
    game = owner.opened(profile="overfitted", targets=3, inclusion="coin", canaries=60, seed=2)
    labels, confidence = answers(owner, game, provider_url)
    attack = {"name": "confidence", "scores": confidence.tolist(), "scores_are": "probabilities"}
    noise = np.random.default_rng(0).normal(size=confidence.shape)
    asked = {
        "attacks": [
            attack | {"decisions": (confidence > 0.9).tolist()},
            {"name": "noise", "scores": noise.tolist(), "decisions": (noise > 0).tolist()},
        ],
        "primary": "noise",
    }
    sid = owner.post(f"{game}/submissions", json=asked).raise_for_status().json()["id"]
    early = owner.get(f"{game}/canaries")
    owner.close_game(game).raise_for_status()
    told = {part: owner.table(f"{game}/{part}") for part in ("candidates", "membership", "canaries")}
    submission = owner.get(f"{game}/submissions/{sid}").json()
    board = owner.get(f"{game}/scoreboard").json()
    return SimpleNamespace(
        game=game,
        early=early,
        labels=labels,
        confidence=confidence,
        submission=submission,
        board=board,
        **told,
    )


def test_an_attacker_is_told_of_every_target_and_rule(owner: Any, played: SimpleNamespace) -> None:
    document = owner.get(played.game).json()
    assert [target["index"] for target in document["targets"]] == [0, 1, 2]
    assert len({target["model_id"] for target in document["targets"]}) == 3
    assert (document["rules"]["inclusion"], document["rules"]["canaries"]) == ("coin", 60)


def test_each_target_knows_its_own_members(played: SimpleNamespace) -> None:
    """Another target's members are as good as anybody to it."""
    for target, confidence in enumerate(played.confidence):
        for other, member in enumerate(played.membership):
            found = auc(confidence[member], confidence[~member])
            assert (found > 0.7) == (target == other), found


def test_canaries_are_told_at_closing_and_bear_wrong_labels(
    owner: Any, played: SimpleNamespace, datasets: Any
) -> None:
    refused(played.early, 409, "game-not-closed")
    digits = load("digits", datasets)
    real = {bytes(row): label for row, label in zip(digits.features, digits.labels, strict=True)}
    labels = np.array([real[bytes(row)] for row in played.candidates[:, 1:]])
    assert (played.canaries.dtype, played.canaries.sum()) == (np.bool_, 60)
    assert ((played.candidates[:, 0] != labels) == played.canaries).all()


def test_accuracies_are_counted_over_all_targets(played: SimpleNamespace) -> None:
    right = played.labels == played.candidates[:, 0]
    train, test = (played.board["target"][f"{part}_accuracy"] for part in ("train", "test"))
    assert (train["count"], train["of"]) == (right[played.membership].sum(), played.membership.sum())
    assert (test["count"], test["of"]) == (right[~played.membership].sum(), (~played.membership).sum())


def test_an_attack_is_judged_on_each_target_and_on_all(played: SimpleNamespace) -> None:
    confidence, noise = played.submission["attacks"]
    by_hand = [
        auc(scores[member], scores[~member])
        for scores, member in zip(played.confidence, played.membership, strict=True)
    ]
    assert confidence["targets"] == noise["targets"] == 3
    assert [target["auc"] for target in confidence["per_target"]] == pytest.approx(by_hand)
    assert confidence["recall"]["of"] == played.membership.sum()
    assert confidence["auc"]["low"] > noise["auc"]["value"]


def test_the_surest_candidates_and_the_canaries_are_judged_by_themselves(played: SimpleNamespace) -> None:
    confidence = played.submission["attacks"][0]
    surest = [
        (scores >= np.sort(scores)[-10], member)
        for scores, member in zip(played.confidence, played.membership, strict=True)
    ]
    risk, canaries = confidence["most_at_risk"], confidence["canaries"]
    assert risk["of"] == sum(chosen.sum() for chosen, _ in surest)
    assert risk["count"] == sum((chosen & member).sum() for chosen, member in surest)
    planted = played.confidence[:, played.canaries], played.membership[:, played.canaries]
    assert canaries["records"] == 60
    assert canaries["auc"]["value"] == pytest.approx(auc(planted[0][planted[1]], planted[0][~planted[1]]))
    assert canaries["auc"]["value"] > confidence["auc"]["value"]  # only by heart can they be known
    assert "canaries" in played.board["submissions"][0]["attacks"][0]


def test_what_depends_on_the_targets_labels_and_on_probabilities_is_evaluated(
    played: SimpleNamespace,
) -> None:
    """The gap attack calls a member whatever the target labels rightly."""
    right = played.labels == played.candidates[:, 0]
    balanced = (right[played.membership].mean() + 1 - right[~played.membership].mean()) / 2
    confidence, noise = played.submission["attacks"]
    for attack in (confidence, noise):
        assert attack["gap"]["balanced_accuracy"]["value"] == pytest.approx(balanced)
    brier = ((played.confidence - played.membership) ** 2).mean()
    assert confidence["calibration"]["brier"]["value"] == pytest.approx(brier)
    assert "calibration" not in noise


def test_the_bound_on_epsilon_is_proved_by_the_canaries(played: SimpleNamespace) -> None:
    confidence, noise = (attack["epsilon"] for attack in played.submission["attacks"])
    assert confidence["kind"] == noise["kind"] == "lower_bound"
    assert confidence["guesses"] <= 3 * 60
    assert confidence["cap"] >= confidence["value"] > 1 > noise["value"]


def test_the_attack_named_in_advance_stands_before_the_best_in_hindsight(played: SimpleNamespace) -> None:
    [submission] = played.board["submissions"]
    assert [attack["name"] for attack in submission["attacks"]] == ["noise", "confidence"]
    assert (submission["primary"], submission["best_in_hindsight"]) == ("noise", "confidence")


def test_the_scoreboard_is_readable_at_eighty_columns(
    played: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show(played.board)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    board = " ".join(shown.split())
    noise, confidence = played.board["submissions"][0]["attacks"]
    for told in (
        "100 members by coin, 60 canaries. 3 targets",
        "The records alone tell nothing",
        f"noise {noise['auc']['value']:.3f}".replace(" 0", " "),
        "named in advance",
        f"confidence {confidence['auc']['value']:.3f}".replace(" 0", " "),
        "best in hindsight, of 2 attacks",
        "epsilon is at least 0.00",
    ):
        assert told in board
    assert board.index("named in advance") < board.index("best in hindsight")
