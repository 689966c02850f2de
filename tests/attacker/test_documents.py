"""What a service says of its data is believed only where it can be meant."""

import pytest

from attacker.client.documents import GameDocument, Model, knowledge_of
from attacker.errors import CannotAttack, UnexpectedAnswer

FEATURE = {"name": "f", "kind": "integer", "min": 0, "max": 5}
GAME = {
    "id": "g-1",
    "state": "open",
    "provider_url": "http://127.0.0.1:1",
    "profile": "box",
    "members": 30,
    "candidates": 60,
    "classes": ["a", "b"],
    "features": [FEATURE],
    "rules": {"knowledge": {"kind": "format"}},
    "targets": [{"index": 0, "model_id": "m"}],
}


@pytest.mark.parametrize(
    "feature",
    [
        7,
        FEATURE | {"min": "0"},
        FEATURE | {"max": 10**400},
        FEATURE | {"max": float("inf")},
        FEATURE | {"values": [0, 10**400]},
        FEATURE | {"values": [0, True]},
        FEATURE | {"values": list(range(70_000))},
        FEATURE | {"values": {"0": 1}},
    ],
)
def test_features_that_cannot_be_meant_are_refused(feature):
    with pytest.raises(UnexpectedAnswer):
        knowledge_of({"kind": "format", "features": [feature]})


def test_a_model_without_a_format_is_read_and_says_so_when_it_is_needed():
    document = {"id": "m", "state": "ready", "profile": "box", "classes": ["a", "b"], "options": ["x"]}
    model = Model.read(document)
    assert len(model.format) == 0
    with pytest.raises(CannotAttack, match="--knowledge"):
        _ = model.format.levels


@pytest.mark.parametrize("members", [0, -1, 10**12, "30"])
def test_a_game_of_a_size_that_cannot_be_is_refused(members):
    with pytest.raises(UnexpectedAnswer):
        GameDocument.read(GAME | {"members": members})
    assert GameDocument.read(GAME).members == 30


def test_marginals_keep_to_the_declared_ends():
    distribution = {"values": [0, 300], "probabilities": [0.5, 0.5]}
    with pytest.raises(UnexpectedAnswer, match="beyond its ends"):
        knowledge_of({"kind": "marginals", "features": [FEATURE | {"distribution": distribution}]})


@pytest.mark.parametrize(
    "changed",
    [
        {"candidates": 10**12},
        {"candidates": 0},
        {"targets": []},
        {"targets": [[]]},
        {"targets": [{"index": 0, "model_id": "../../v1/accounts"}]},
        {"id": "\x1b[2J"},
        {"dataset": 7},
        {"shape": [3, 7]},
        {"provider_url": "file:///etc/passwd"},
        {"provider_url": "http://user:pass@host/"},
        {"provider_url": "http://host\r\nX: y"},
    ],
)
def test_a_game_that_cannot_be_meant_is_refused(changed):
    with pytest.raises(UnexpectedAnswer):
        GameDocument.read(GAME | changed)
