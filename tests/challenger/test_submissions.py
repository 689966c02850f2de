"""Submissions: acknowledged, refused with the remedy, evaluated at closing and not before."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from live import refused

from services.challenger.submissions.parsing import parse
from services.web.problem import BadData

SCORES = np.linspace(-1, 1, 200)
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def game(owner: Any) -> str:
    path: str = owner.opened()
    return path


def attack(name: str = "gap", scores: Any = SCORES) -> dict[str, Any]:
    return {"name": name, "scores": [list(scores)], "decisions": [[bool(score > 0) for score in scores]]}


def body(*attacks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"attacks": list(attacks) or [attack()], "primary": "gap", "ledger": {}} | more


def nested(depth: int) -> dict[str, Any]:
    return {"deeper": nested(depth - 1)} if depth else {}


def hand_in(owner: Any, game: str, content: Any, **headers: str) -> Any:
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return owner.post(
        f"{game}/submissions", content=content, headers={"Content-Type": "application/json"} | headers
    )


def test_a_submission_is_acknowledged_and_nothing_more(owner: Any, game: str) -> None:
    answer = hand_in(owner, game, body(attack(), attack("shokri") | {"parameters": {"shadows": 60}}))
    assert answer.status_code == 202
    assert list(answer.json()) == ["id"]


def test_the_same_key_and_body_again_is_the_same_submission(owner: Any, game: str) -> None:
    first, again = (hand_in(owner, game, body(), **{"Idempotency-Key": "one"}) for _ in range(2))
    other = hand_in(owner, game, body())
    assert first.json() == again.json()
    assert other.json() != first.json()
    changed = hand_in(owner, game, body(attack(scores=-SCORES)), **{"Idempotency-Key": "one"})
    refused(changed, 422, "idempotency-conflict")


def test_a_retry_after_closing_is_answered_alike(owner: Any) -> None:
    game = owner.opened()
    first = hand_in(owner, game, body(), **{"Idempotency-Key": "late"})
    owner.close_game(game).raise_for_status()
    again = hand_in(owner, game, body(), **{"Idempotency-Key": "late"})
    assert (again.status_code, again.json()) == (202, first.json())
    changed = hand_in(owner, game, body(attack(scores=-SCORES)), **{"Idempotency-Key": "late"})
    refused(changed, 422, "idempotency-conflict")
    refused(hand_in(owner, game, body(), **{"Idempotency-Key": "new"}), 409, "game-not-open")


@pytest.mark.parametrize(
    ("content", "slug", "remedy"),
    [
        (body(attack(scores=SCORES[:-1])), "wrong-shape", "1 x 200"),
        (body(attack() | {"scores": list(SCORES)}), "wrong-shape", "1 x 200"),
        (body(attack() | {"scores": [[*SCORES], [*SCORES]]}), "wrong-shape", "1 x 200"),
        (body(attack() | {"scores": None}), "wrong-shape", "1 x 200"),
        (body(attack() | {"scores": {"0": 1}}), "wrong-shape", "1 x 200"),
        (body({"name": "gap", "scores": [list(SCORES)]}), "wrong-shape", "decisions of gap"),
        (body(attack() | {"decisions": [[0.5] * 200]}), "bad-data", "true or false"),
        (body(attack() | {"scores": [["secret"] * 200]}), "bad-data", "must be numbers"),
        (body(attack() | {"scores": [[[1]] * 200]}), "bad-data", "must be numbers"),
        (body(attack() | {"scores": [[None] * 200]}), "bad-data", "must be numbers"),
        (body(attack(scores=[float("nan")] * 200)), "bad-data", "NaN"),
        (body(attack(scores=[float("inf")] * 200)), "bad-data", "infinity"),
        (json.dumps(body()).replace("-1.0", "1e999").encode(), "bad-data", "infinity"),
        (body(attack(), attack()), "bad-data", "same name"),
        (body(*[attack(f"a{number}") for number in range(101)]), "bad-data", "At most 100 attacks"),
        (body(ledger={"entries": ["x" * 70_000]}), "bad-data", "send sums"),
        (body(primary="lira"), "unknown-primary", "`primary`"),
        (body(attack() | {"access": "adaptive"}), "access-not-granted", "`disjoint`"),
        (body(attack() | {"access": "all"}), "invalid-request", "#/attacks/0/access"),
        (body(attack() | {"scores_are": "probabilities"}), "bad-data", "leave out `scores_are`"),
        (body(attack() | {"scores_are": "votes"}), "invalid-request", "#/attacks/0/scores_are"),
        (body(ledger=nested(300)), "bad-data", "nested too deep"),
        (body(attack() | {"parameters": nested(300)}), "bad-data", "nested too deep"),
        ({"attacks": [], "primary": "gap"}, "bad-data", "`attacks`"),
        ({"attacks": [7], "primary": "gap"}, "invalid-request", "#/attacks/0"),
        ({"attacks": [7] * 101, "primary": "gap"}, "bad-data", "At most 100 attacks"),
        ({"attacks": "gap", "primary": "gap"}, "bad-data", "`attacks`"),
        ({}, "bad-data", "`attacks`"),
        ([], "bad-data", "JSON object"),
        (b"{", "bad-data", "no JSON"),
        (b"", "bad-data", "empty"),
    ],
)
def test_a_wrong_submission_is_refused_with_the_remedy(
    owner: Any, game: str, content: Any, slug: str, remedy: str
) -> None:
    answer = hand_in(owner, game, content)
    assert remedy in refused(answer, 422, slug)
    assert "secret" not in answer.text


@pytest.mark.parametrize("lists", [b"[]", b"[[]]", b"{}"])
def test_millions_of_lists_are_refused_before_they_take_memory(owner: Any, game: str, lists: bytes) -> None:
    content = b'{"attacks":[' + b",".join([lists] * 2_000_000) + b'],"primary":"gap"}'
    assert "lists" in refused(hand_in(owner, game, content), 422, "bad-data")
    tracemalloc.start()
    try:
        with pytest.raises(BadData):
            parse(content, (1, 200), most_attacks=100)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_many_wrong_members_make_a_short_problem(owner: Any, game: str) -> None:
    attacks = [{"name": "", "access": "all"}] * 90
    detail = refused_long(hand_in(owner, game, body(*attacks)))
    assert "#/attacks/0/name" in detail


def refused_long(answer: Any) -> str:
    """A problem with the twenty errors that are shown at the most."""
    assert answer.status_code == 422
    assert (len(answer.json()["errors"]), answer.json()["truncated"]) == (20, True)
    return str(answer.json()["detail"])


def test_a_body_over_the_limit_is_refused(start: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALLENGER_SUBMISSION_BYTES", "20000")
    monkeypatch.setenv("CHALLENGER_MOST_SUBMISSIONS", "2")
    with start(tmp_path / "small") as other:
        game = other.opened()
        refused(hand_in(other, game, body(ledger={"a": "x" * 20_000})), 413, "body-too-large")
        answers = [hand_in(other, game, body()) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 409]
        assert "one may carry many attacks" in refused(answers[2], 409, "too-many-submissions")


def test_other_media_types_are_refused(owner: Any, game: str) -> None:
    answer = owner.post(f"{game}/submissions", content=b"x", headers={"Content-Type": "text/csv"})
    refused(answer, 415, "unsupported-media-type")
