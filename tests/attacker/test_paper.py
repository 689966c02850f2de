"""The paper's numbers that stand beside a game."""

import pytest

from attacker import paper
from attacker.errors import UnknownPluginError

GAME = {
    "dataset": "location30",
    "profile": "google",
    "options": {},
    "members": 1200,
    "rules": {"knowledge": {"kind": "population"}, "access": "disjoint"},
}


def numbers(*, null=False, synthesis=None, **game):
    found = paper.beside({**GAME, **game}, null=null, synthesis=synthesis)
    return {number.metric: number.value for number in found}


def test_a_game_on_the_papers_data_has_its_numbers():
    found = numbers()
    assert (found["train_accuracy"], found["test_accuracy"]) == (1.0, 0.673)
    assert (found["precision"], found["recall"]) == (0.678, 0.98)


def test_data_that_stand_in_the_place_of_others_have_the_others_numbers():
    assert numbers(dataset="shoppers50")["precision"] == numbers(dataset="purchase50")["precision"] == 0.860


def test_a_game_by_other_rules_has_none_of_them():
    noisy = {"kind": "noisy", "rate": 0.2, "mode": "flip"}
    assert numbers(rules=GAME["rules"] | {"knowledge": noisy})["precision"] == 0.613
    assert numbers(rules=GAME["rules"] | {"knowledge": {"kind": "marginals"}}) == {}
    assert numbers(profile="amazon") == {}
    assert numbers(dataset="digits") == {}
    assert numbers(null=True) == {}
    assert numbers(rules=GAME["rules"] | {"access": "adaptive"}) == {}
    assert numbers(rules=GAME["rules"] | {"overlap": 0.1}) == {}


def test_shadow_data_from_elsewhere_than_the_papers_have_none():
    marginals = {"dataset": "purchase100", "rules": GAME["rules"] | {"knowledge": {"kind": "marginals"}}}
    assert numbers(**marginals, synthesis="marginals")["precision"] == 0.795
    assert numbers(**marginals, synthesis="model_based") == {}
    assert numbers(synthesis="population")["precision"] == 0.678


def test_of_several_sizes_the_nearest_has_its_own_numbers():
    images = {"dataset": "cifar10", "profile": "neural_network_image"}
    assert numbers(**images, members=2500) == {"median_precision": 0.78}
    assert numbers(**images, members=16000) == {"test_accuracy": 0.6, "median_precision": 0.71}
    [first, _] = paper.beside(GAME | images | {"members": 16000}, null=False, synthesis=None)
    assert first.members == 15000


def test_the_table_that_tells_most_comes_first():
    found = paper.beside(GAME | {"dataset": "shoppers100"}, null=False, synthesis=None)
    told = {number.metric: (number.experiment, number.value) for number in found}
    assert told["test_accuracy"] == ("table-2", 0.659)
    assert told["precision_90"] == ("fig-6", 1.0)


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
