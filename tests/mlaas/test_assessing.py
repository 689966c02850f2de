"""What a model leaks, measured by its provider: on planted leaks, and on models that have none."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from services.mlaas.assessing.alternatives import Alternative, Unassessed, family
from services.mlaas.assessing.assessment import Assessment, Subject, assess
from services.mlaas.assessing.measuring import Evidence, measure
from services.mlaas.assessing.pool import Pool, TooFewRecords, partitions
from services.mlaas.assessing.served import REPEATS, Recipe, Trained, door
from services.mlaas.leakage.document import document
from services.mlaas.leakage.levels import NONE, level
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Profile

BY_HEART = {
    "model_type": "mlp",
    "parameters": {"hidden": [64], "epochs": 100, "batch": 20, "learning_rate": 0.01},
}
PRICE = {"currency": "USD", "training": 0, "per_1000_records": 0}


def profile(name: str, **said: Any) -> Profile:
    return Profile(**{"name": name, "summary": "For tests.", "price": PRICE, "candidates": [BY_HEART]} | said)


def noise(records: int, seed: int, features: int = 20) -> TrainingData:
    """Labels that nothing tells but a memory."""
    rng = np.random.default_rng(seed)
    return TrainingData(rng.normal(size=(records, features)), rng.integers(0, 2, records), 2)


def subject(learned: TrainingData, held_out: TrainingData, claimed: TrainingData | None = None) -> Subject:
    """A model that learned some records, and is assessed as if these were the `claimed` ones."""
    recipe = Recipe(profile("own"), {}, "cpu")
    everything = Pool.of(learned, held_out, np.random.default_rng(0))
    model = recipe.train(everything, everything.member, 1).model
    return Subject(recipe, model, 1, None, claimed or learned, held_out, ("0", "1"))


def assessed(it: Subject, *others: Profile, shadows: int = 8) -> Assessment:
    return assess(it, {one.name: one for one in (it.recipe.profile, *others)}, shadows, 3)


@pytest.fixture(scope="module")
def planted() -> Assessment:
    return assessed(subject(noise(100, 0), noise(100, 1)))


def told(found: Assessment, unknown: int = 0) -> dict[str, Any]:
    return document(found, "own", np.arange(1000, 1100), unknown, None)


def test_a_model_that_learned_by_heart_is_found_out(planted: Assessment) -> None:
    figures = planted.own.figures
    assert figures["auc"]["value"] > 0.85
    assert figures["training_accuracy"]["value"] == 1.0
    assert figures["held_out_accuracy"]["value"] < 0.7
    assert level(figures) in ("high", "very high")
    assert planted.lower_bound["value"] > 0.3  # and proved of its training
    assert planted.lower_bound["kind"] == "lower_bound"


def test_the_report_names_rows_of_members_and_nobody_else(planted: Assessment) -> None:
    found = told(planted)
    rows = found["records_at_risk"]["most_exposed_rows"]
    detected = planted.detected(0.01)
    assert detected is not None
    assert rows
    assert len(detected) == planted.own.figures["tpr_at_fpr"]["0.01"]["count"]  # no false alarm among them
    assert rows == [1000 + row for row in detected[: len(rows)]]
    assert found["records_at_risk"]["told_at_fpr"] == {"0.01": len(detected), "0.001": None}


def test_a_model_that_never_saw_the_records_leaks_none_of_them() -> None:
    found = assessed(subject(noise(100, 5), noise(100, 1), claimed=noise(100, 0)))
    auc = found.own.figures["auc"]
    assert auc["low"] < 0.5 < auc["high"]
    assert level(found.own.figures) == NONE


def test_the_same_seed_gives_the_same_report(planted: Assessment) -> None:
    again = assessed(subject(noise(100, 0), noise(100, 1)))
    assert told(again) == told(planted)


def test_few_held_out_records_still_find_it_out() -> None:
    """Each record is then unknown to a fifth of the models it is compared with."""
    found = assessed(subject(noise(120, 0), noise(30, 1)), shadows=10)
    assert found.evidence.pool.folds == 5
    assert len(found.evidence.shadows) == 10
    assert found.own.figures["auc"]["low"] > 0.75


@pytest.mark.parametrize(("folds", "shadows", "trained"), [(2, 8, 8), (3, 8, 9), (5, 8, 10), (5, 4, 10)])
def test_every_record_is_unknown_to_as_many_models(folds: int, shadows: int, trained: int) -> None:
    learned = partitions(60, folds, shadows, np.random.default_rng(0))
    assert len(learned) == trained
    assert set((~learned).sum(axis=0)) == {trained // folds}
    assert set(learned.sum(axis=1)) == {60 - 60 // folds}


def test_a_held_out_copy_of_a_training_record_does_not_count() -> None:
    training, others = noise(40, 0), noise(30, 1)
    both = TrainingData(
        np.concatenate([training.features[:15], others.features, others.features]),
        np.concatenate([1 - training.labels[:15], others.labels, others.labels]),
        2,
    )
    pool = Pool.of(training, both, np.random.default_rng(0))
    assert (pool.member.sum(), (~pool.member).sum()) == (40, 30)
    assert (pool.rows[~pool.member] >= 15).all()
    with pytest.raises(TooFewRecords, match="that the model never saw, and 10 are needed"):
        Pool.of(training, training, np.random.default_rng(0))


def test_answers_that_differ_each_time_are_averaged() -> None:
    records = noise(40, 0)
    recipe = Recipe(profile("own"), {}, "cpu")
    pool = Pool.of(records, noise(40, 1), np.random.default_rng(0))
    trained = recipe.train(pool, pool.member, 1)
    fresh = profile("noisy", defences=[{"defence": "noise", "parameters": {"sigma": 1.0, "kind": "fresh"}}])
    asked, plain = (door(trained, pool, recipe, under)(records.features) for under in (fresh, recipe.profile))
    spread = np.diff(np.log(asked), axis=1) - np.diff(np.log(plain), axis=1)
    assert spread.std() < 2 * np.sqrt(2 / REPEATS)  # one answer alone would be off by the square root of 2


def test_labels_alone_are_asked_around(planted: Assessment) -> None:
    labels = profile("labels", defences=[{"defence": "label_only"}])
    found = measure(planted.evidence, labels).figures
    assert found["attack"] == "label_only"
    assert found["auc"]["value"] > 0.7  # the labels of the records themselves give about as much


def test_a_profile_that_hides_nothing_is_as_risky_and_one_that_learns_nothing_is_not() -> None:
    hiding = profile(
        "rounded", extends="own", defences=[{"defence": "rounding", "parameters": {"digits": 3}}]
    )
    stopping = profile(
        "stopped", extends="own", candidates=[BY_HEART | {"parameters": {"hidden": [64], "epochs": 1}}]
    )
    other = profile("other")
    found = assessed(subject(noise(100, 0), noise(100, 1)), hiding, stopping, other)
    by_name: Mapping[str, Alternative] = {each.profile: each for each in found.alternatives}
    assert set(by_name) == {"rounded", "stopped"}
    assert not by_name["rounded"].trained_anew
    assert by_name["stopped"].trained_anew
    report = told(found)
    verdicts = {each["profile"]: each["verdict"] for each in report["alternatives"]}
    assert list(verdicts) == ["stopped", "rounded"]
    assert report["advice"].startswith("Most effective and least costly: stopped would bring the advantage")
    assert verdicts == {"rounded": "no clear difference", "stopped": "lowers the risk"}


def test_what_there_is_no_room_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.mlaas.assessing.alternatives.MOST_LEARNED", 4 * 40)
    quick = BY_HEART | {"parameters": {"hidden": [8], "epochs": 1}}
    others = [profile(name, extends="own", candidates=[quick], holdout=0.3) for name in ("a", "b")]
    found = assessed(subject(noise(40, 0), noise(40, 1)), *others, shadows=4)
    assert [each.profile for each in found.alternatives] == ["a"]
    assert found.unassessed == (Unassessed("b", "the time was used up by others"),)


def test_a_family_is_all_that_extends_the_same_profile() -> None:
    top = [{"defence": "top_k", "parameters": {"k": 1}}]
    profiles = {
        one.name: one
        for one in (
            profile("own"),
            profile("child", extends="own", defences=top),
            profile("grandchild", extends="child", holdout=0.3),
            profile("limited", extends="own", queries={"quota": 5}),
            profile("stranger"),
        )
    }
    for name, others in {
        "own": ["child", "grandchild"],
        "child": ["grandchild", "limited", "own"],
        "stranger": [],
    }.items():
        assert [one.name for one in family(profiles[name], profiles)] == others


def test_the_shadows_stand_in_for_nothing_they_learned(planted: Assessment) -> None:
    """A target that is asked about other records than it learned would show here."""
    evidence: Evidence = planted.evidence
    models: list[Trained] = [evidence.target, *evidence.shadows]
    for model in models:
        right = model.model.probabilities(evidence.pool.records.features).argmax(axis=1)
        correct = right == evidence.pool.records.labels
        assert correct[model.learned].mean() > 0.95
        assert correct[~model.learned].mean() < 0.75
    shares = {int(model.learned.sum()) for model in models}
    assert shares == {100}
    assert all((a.learned != b.learned).any() for a, b in itertools.combinations(models, 2))
