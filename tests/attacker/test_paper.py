"""The paper's numbers that stand beside a game."""

import pytest

from attacker import paper
from attacker.errors import UnknownPluginError

GAME = {
    "dataset": "location30",
    "profile": "google",
    "options": {},
    "rules": {"knowledge": {"kind": "population"}},
}


def numbers(**game):
    return {number.metric: number.value for number in paper.beside({**GAME, **game})}


def test_a_game_on_the_papers_data_has_its_numbers():
    found = numbers()
    assert (found["train_accuracy"], found["test_accuracy"]) == (1.0, 0.673)
    assert (found["precision"], found["recall"]) == (0.678, 0.98)


def test_data_that_stand_in_the_place_of_others_have_the_others_numbers():
    assert numbers(dataset="shoppers50")["precision"] == numbers(dataset="purchase50")["precision"] == 0.860


def test_a_game_by_other_rules_has_none_of_them():
    noisy = {"kind": "noisy", "rate": 0.2, "mode": "flip"}
    assert numbers(rules={"knowledge": noisy})["precision"] == 0.613
    assert numbers(rules={"knowledge": {"kind": "marginals"}}) == {}
    assert numbers(profile="amazon") == {}
    assert numbers(dataset="digits") == {}
    assert paper.beside(None) == []


def test_options_tell_games_apart():
    platform = {"dataset": "purchase100", "profile": "amazon"}
    assert numbers(**platform, options={"max_passes": 10, "l2": 1e-6})["test_accuracy"] == 0.468
    assert numbers(**platform, options={"max_passes": 100, "l2": 1e-4})["test_accuracy"] == 0.504
    assert numbers(**platform, options={"max_passes": 7}) == {}


def test_a_size_that_differs_between_the_scales_is_that_of_the_scale():
    game = {"label": "a", "members": {"quick": 100, "paper": 1000}, "knowledge": {"kind": "population"}}
    assert paper.at_scale(game, "quick")["members"] == 100
    assert paper.at_scale(game, "paper")["members"] == 1000
    assert paper.at_scale(game, "quick")["knowledge"] == {"kind": "population"}
    assert paper.at_scale(game | {"shadows": {"paper": 5}}, "quick") is None


def test_an_experiment_of_no_such_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownPluginError, match="table-1"):
        paper.Experiment.read("table1", "quick")
