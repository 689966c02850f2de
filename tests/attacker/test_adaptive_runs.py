"""Runs that look for a defence, and runs that stand on an earlier one."""

import pytest
from parties import result
from stand_in_runs import RECORDS, play

from attacker.adapting import LOOKS

CANDIDATES = 60
LOOKED = min(LOOKS, CANDIDATES)  # records asked twice


def spent(service):
    return sum(records for _, records in service.world()["usage"].values())


def names(out):
    return [attack["name"] for attack in result(out)["attacks"]]


def finish(service, out, *more):
    """The run and its result; the game is then open again."""
    for _ in range(2):
        done = play(service, out, *more)
        assert done.returncode == 0, done.stderr
        service.close()
    service.open()
    return result(out)


def test_where_there_is_no_defence_looking_for_one_is_all_it_costs(service, tmp_path):
    found = finish(service, tmp_path, "--adapt")
    assert found["adaptation"] == []
    assert spent(service) == RECORDS + LOOKED


def test_fresh_noise_is_asked_again_as_often_as_the_budget_has_room_for(service, tmp_path):
    service.filter("fresh")
    budget = 9 * RECORDS
    found = finish(service, tmp_path, "--adapt", "--budget", budget)
    assert "asked 8 times" in found["adaptation"][0]
    assert spent(service) == 8 * RECORDS


def test_without_room_fresh_noise_is_lived_with(service, tmp_path):
    service.filter("fresh")
    found = finish(service, tmp_path, "--adapt", "--budget", RECORDS + LOOKED)
    assert found["adaptation"] == []


def test_where_labels_are_all_there_is_an_attack_on_labels_is_turned_to(service, tmp_path):
    service.filter("labels")
    found = finish(service, tmp_path, "--adapt", "--budget", 20 * RECORDS, "--shadows", 4)
    assert "label_only:queries=11" in found["adaptation"][0]
    assert names(tmp_path) == ["gap", "loss_threshold", "label_only:queries=11"]


def test_an_interrupted_run_adapts_as_it_had_begun_to(service, tmp_path):
    service.filter("labels")
    service.fail("/datasets", "over", times=1)
    assert play(service, tmp_path, "--adapt").returncode == 4
    service.filter(None)
    found = finish(service, tmp_path, "--adapt")
    assert "label_only:queries=201" in found["adaptation"][0]


def test_a_run_on_another_is_served_its_shadow_models(service, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base)
    before = service.world()
    found = finish(service, run, "--base", base)
    world = service.world()
    assert world["trained"] == before["trained"]
    assert sorted(world["served"].values()) == sorted(before["trained"])
    assert (world["accounts"], world["datasets"]) == (before["accounts"], before["datasets"])
    assert found["ledger"]["shadow_training"]["money"] == 0
    assert names(run) == ["gap", "loss_threshold", "loss_threshold (naive)"]


def test_where_the_provider_trains_another_way_they_are_trained_anew_on_the_same_records(service, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base)
    before = service.world()["trained"]
    service.recipe("another")
    finish(service, run, "--base", base)
    world = service.world()
    assert world["served"] == {}
    anew = [rows for model, rows in world["trained"].items() if model not in before]
    assert anew == list(before.values())
    assert world["datasets"] == 1


def test_who_knows_nothing_of_the_defence_learns_from_shadows_without_it(service, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base, "--attacks", "loss_threshold")
    service.filter("labels")
    finish(service, run, "--attacks", "loss_threshold", "--base", base)
    thresholds = {attack["name"]: attack["parameters"] for attack in result(run)["attacks"]}
    without = result(base)["attacks"][0]["parameters"]
    assert thresholds["loss_threshold (naive)"] == without
    assert names(run) == ["loss_threshold", "loss_threshold (naive)"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--shadows", 3), "has 2 shadow models"),
        (("--training-size", 20), "learned other records"),
        (("--shadow-profile", "dear"), "leave --shadow-profile away"),
        (("--synthesis", "population"), "had its shadow data from elsewhere"),
    ],
)
def test_a_run_that_cannot_stand_on_another_is_refused_before_it_asks(service, tmp_path, more, told):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base)
    before = spent(service)
    refused = play(service, run, "--base", base, *more)
    assert refused.returncode == 2
    assert told in " ".join(refused.stderr.split())
    assert spent(service) == before


def test_where_a_shadow_model_fails_no_temperature_is_looked_for(service, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base)
    service.fail("-s001", "training", times=0)
    done = play(service, run, "--adapt", "--base", base)
    assert done.returncode == 0, done.stderr
    assert "is not looked for" in done.stderr


def test_an_unfinished_run_is_nothing_to_stand_on(service, tmp_path):
    refused = play(service, tmp_path / "run", "--base", tmp_path)
    assert refused.returncode == 2
    assert "is no run folder" in refused.stderr


def test_shadow_data_is_that_of_the_base(service, tmp_path):
    base, run = tmp_path / "base", tmp_path / "run"
    finish(service, base, "--seed", 1)
    finish(service, run, "--seed", 2, "--base", base)
    assert (run / "shadow_data.npy").read_bytes() == (base / "shadow_data.npy").read_bytes()
    assert (run / "pool.npy").read_bytes() == (base / "pool.npy").read_bytes()
