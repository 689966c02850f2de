"""How targets answer about members and non-members: figures 11 and 12, told to the owner at closing."""

import sqlite3
from math import log
from typing import Any

import numpy as np
import pytest
from live import Customer, read_npy, refused
from scipy.stats import binom

from attacker.statistics.rates import rate
from services.challenger.files import GameFiles, load
from services.challenger.generalisation import answers, gap, generalisation

GAMES: dict[str, dict[str, Any]] = {
    "two targets": {"profile": "overfitted", "members": 60, "targets": 2, "canaries": 20},
    "more learned than the candidates": {"profile": "overfitted", "members": 80, "overlap": 0.02},
    "null": {"members": 40, "null": True},
    "classes not learned": {"members": 8},
}


@pytest.fixture(scope="module", params=GAMES.values(), ids=GAMES)
def game(request: pytest.FixtureRequest, owner: Any) -> str:
    """A closed one."""
    path: str = owner.opened(seed=21, **request.param)
    assert "generalisation" not in owner.get(path).text
    refused(owner.get(f"{path}/generalisation"), 409, "game-not-closed")
    owner.close_game(path).raise_for_status()
    return path


def by_hand(classes: list[str], probabilities: Any, records: Any) -> list[dict[str, Any]]:
    """Record by record: its class, whether the target says so, the bins of its two histograms."""
    found = []
    for answer, record in zip(probabilities.tolist(), records, strict=True):
        given = dict(zip(map(int, classes), answer, strict=True))
        label = int(record[0])
        entropy = -sum(p * log(p) for p in answer if p > 0) / log(10)
        found.append(
            {
                "label": label,
                "right": max(given, key=lambda one: given[one]) == label,
                "prediction_accuracy": min(int(20 * given.get(label, 0.0)), 19),
                "normalised_entropy": min(int(20 * entropy), 19),
            }
        )
    return found


def test_every_figure_is_what_the_answers_say(owner: Any, game: str, provider_url: str) -> None:
    files = GameFiles(owner.data / "games" / game.rpartition("/")[2])
    candidates, membership = owner.table(f"{game}/candidates"), owner.table(f"{game}/membership")
    told = owner.get(f"{game}/generalisation").json()
    assert told["game"] == game.rpartition("/")[2]
    assert told["bins"] == pytest.approx([number / 20 for number in range(21)])
    targets = owner.get(game).json()["targets"]
    assert [figures["index"] for figures in told["targets"]] == list(range(len(targets)))
    for target, figures, member in zip(targets, told["targets"], membership, strict=True):
        sides = {
            "train": load(files.training(target["index"])),
            "test": candidates if told["null"] else candidates[~member],
        }
        with Customer(provider_url) as customer:
            classes = customer.get(f"/v1/models/{target['model_id']}").json()["classes"]
            asked = {
                side: by_hand(classes, probabilities_of(customer, target["model_id"], records), records)
                for side, records in sides.items()
            }
        compare(figures, asked)
        assert [one["class"] for one in figures["per_class"]] == [str(label) for label in range(10)]
        for label, of_class in enumerate(figures["per_class"]):
            within = {side: [one for one in found if one["label"] == label] for side, found in asked.items()}
            compare(of_class, within)
            assert of_class["train_records"] == len(within["train"])
            assert of_class["train_share"] == pytest.approx(len(within["train"]) / len(asked["train"]))


def probabilities_of(customer: Customer, model_id: str, records: Any) -> Any:
    answer = customer.predict(model_id, records[:, 1:], Accept="application/x-npy")
    return read_npy(answer.raise_for_status().content).astype(float)


def compare(figures: dict[str, Any], asked: dict[str, list[dict[str, Any]]]) -> None:
    for side, name in (("train", "members"), ("test", "non_members")):
        right = sum(one["right"] for one in asked[side])
        assert figures[f"{side}_accuracy"] == rate(right, len(asked[side])).as_json()
        for signal in ("prediction_accuracy", "normalised_entropy"):
            counts = [sum(one[signal] == number for one in asked[side]) for number in range(20)]
            assert figures[signal][name] == counts
    train, test = figures["train_accuracy"]["value"], figures["test_accuracy"]["value"]
    if train is None or test is None:
        assert figures["gap"] == {"value": None, "low": None, "high": None}
    else:
        assert figures["gap"]["low"] <= figures["gap"]["value"] == train - test <= figures["gap"]["high"]


def test_a_class_that_was_never_learned_is_given_nothing(owner: Any) -> None:
    game = owner.opened(seed=22, **GAMES["classes not learned"])
    owner.close_game(game).raise_for_status()
    [target] = owner.get(f"{game}/generalisation").json()["targets"]
    unknown = [one for one in target["per_class"] if not one["train_records"] and one["test_accuracy"]["of"]]
    assert unknown
    for one in unknown:
        assert one["train_accuracy"] == rate(0, 0).as_json()
        assert one["test_accuracy"]["value"] == 0
        assert one["prediction_accuracy"]["non_members"][0] == one["test_accuracy"]["of"]


def test_a_target_is_asked_once_about_every_record(owner: Any, game: str, provider_url: str) -> None:
    """By its owner: the candidates, and what else it has learned."""
    records = {bytes(row) for row in owner.table(f"{game}/candidates")}
    files = GameFiles(owner.data / "games" / game.rpartition("/")[2])
    with sqlite3.connect(owner.data / "challenger.sqlite") as database:
        found = "SELECT provider_key FROM game WHERE id = ?"
        [(key,)] = database.execute(found, [game.rpartition("/")[2]])
    database.close()
    with Customer(provider_url, key) as data_owner:
        usage = {one["model_id"]: one["records"] for one in data_owner.get("/v1/usage").json()["items"]}
    for target in owner.get(game).json()["targets"]:
        learned = {bytes(row) for row in load(files.training(target["index"]))}
        assert usage[target["model_id"]] == len(records | learned)


def test_a_game_that_was_closed_before_there_were_figures_has_none(owner: Any) -> None:
    game = owner.opened(members=20, seed=23)
    owner.close_game(game).raise_for_status()
    with sqlite3.connect(owner.data / "challenger.sqlite") as database:
        forget = "UPDATE game SET generalisation = NULL WHERE id = ?"
        database.execute(forget, [game.rpartition("/")[2]])
    database.close()
    assert "create another" in refused(owner.get(f"{game}/generalisation"), 404, "not-found")


def test_answers_that_sum_to_more_than_one_by_rounding_are_counted() -> None:
    rounded = answers(np.array([[0.5, 0.5000001], [1.0000001, 0.0]], np.float32), np.array([1, 0]))
    figures = generalisation(rounded, rounded, ("0", "1"))
    assert figures["normalised_entropy"]["members"] == [1, *18 * [0], 1]
    assert figures["prediction_accuracy"]["members"] == [*10 * [0], 1, *8 * [0], 1]


@pytest.mark.parametrize(("train", "test"), [(1.0, 0.9), (0.95, 0.6), (0.5, 0.5), (0.99, 0.99)])
def test_the_interval_of_a_gap_covers_it(train: float, test: float) -> None:
    """Exactly computed over all that 30 training records and 20 others may show."""
    covered = 0.0
    for right in range(31):
        for others in range(21):
            found = gap(rate(right, 30), rate(others, 20))
            assert found.low is not None
            assert found.high is not None
            assert -1 <= found.low <= found.high <= 1
            likely = binom.pmf(right, 30, train) * binom.pmf(others, 20, test)
            covered += likely * (found.low <= train - test <= found.high)
    assert covered >= 0.95
    assert gap(rate(30, 30), rate(20, 20)).low < -0.05  # type: ignore[operator]
