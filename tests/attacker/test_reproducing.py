"""Experiments reproduced against the stand-in: what is not there, what stands in its place, what goes on."""

import json

import pytest
from stand_in_runs import attacker

from attacker import paper

EXPERIMENT = """
title = "An experiment"
source = "nobody"
differences = "None."
metrics = ["precision", "recall", "auc"]

[[games]]
label = "one"
dataset = "{dataset}"
profile = "{profile}"
members = 30
shadows = 2
attacks = "loss_threshold,gap"
paper = {{ precision = 0.9 }}
"""


def experiment(folder, dataset="present", profile="box", name="mine"):
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(EXPERIMENT.format(dataset=dataset, profile=profile))
    return file


def reproduce(service, out, name, *more):
    return attacker("reproduce", name, "--challenger", service.url, "--out", out, *more)


def line(out, name="mine"):
    [found] = json.loads((out / f"{name}-quick" / "reproduction.json").read_text())["lines"]
    return found


def asked_for(service):
    return [asked["dataset"] for asked in service.world()["asked"]]


def test_data_that_are_not_there_are_said_to_be_missing(service, tmp_path):
    done = reproduce(service, tmp_path / "out", experiment(tmp_path, "missing"))
    assert done.returncode == 3
    assert "one was not played. " in done.stdout
    assert "It is not here; put it there." in done.stdout
    assert asked_for(service) == ["missing"]


def test_what_stands_in_their_place_is_played_when_that_is_wanted_and_every_line_says_so(service, tmp_path):
    out = tmp_path / "out"
    done = reproduce(service, out, experiment(tmp_path, "missing"), "--substitute")
    assert done.returncode == 0, done.stderr
    assert "one is played on present in place of missing" in done.stderr
    assert asked_for(service) == ["missing", "present"]
    assert (line(out)["dataset"], line(out)["played_on"]) == ("missing", "present")
    folder = out / "mine-quick"
    for file in (folder / "reproduction.html", folder / "reproduction.md", out / "summary.md"):
        assert "one on present" in file.read_text()
    again = reproduce(service, out, experiment(tmp_path, "missing"), "--substitute")
    assert "in place of missing" in again.stderr
    assert asked_for(service) == ["missing", "present"]


def test_data_that_are_there_are_played_though_others_may_stand_for_them(service, tmp_path):
    assert reproduce(service, tmp_path / "out", experiment(tmp_path), "--substitute").returncode == 0
    assert asked_for(service) == ["present"]


def test_a_refusal_for_another_reason_is_no_reason_to_play_on_other_data(service, tmp_path):
    """The reason is shown as it is: what a service says is no markup."""
    refused = reproduce(service, tmp_path / "out", experiment(tmp_path, profile="unheard_of"), "--substitute")
    assert refused.returncode == 3
    assert "There is no [/profile] of that name" in refused.stdout
    assert asked_for(service) == ["present"]


def test_a_game_that_failed_is_created_anew(service, tmp_path):
    out, file = tmp_path / "out", experiment(tmp_path)
    assert reproduce(service, out, file).returncode == 0
    [folder] = out.glob("games/*")
    for name in ("result.json", "run.sqlite"):
        (folder / name).unlink()
    service.post("/state", {"state": "failed"})
    assert reproduce(service, out, file).returncode == 0
    assert asked_for(service) == ["present", "present"]


def test_one_that_was_stopped_before_closing_is_closed_and_hands_in_nothing_twice(service, tmp_path):
    out, file = tmp_path / "out", experiment(tmp_path)
    service.fail("/close", "over")
    stopped = reproduce(service, out, file)
    assert stopped.returncode == 4
    assert service.world()["closed"] == 0
    asked = service.world()["usage"]
    service.post("/heal", {})
    assert reproduce(service, out, file).returncode == 0
    world = service.world()
    assert (world["closed"], len(world["submissions"]), world["usage"]) == (1, 1, asked)
    assert len(world["asked"]) == 1


def test_the_records_asked_are_those_of_the_queries(service, tmp_path):
    out = tmp_path / "out"
    assert reproduce(service, out, experiment(tmp_path)).returncode == 0
    usage = service.world()["usage"].values()
    assert line(out)["records"] == sum(records for _, records in usage)


def test_all_experiments_are_played_though_one_cannot_be(service, tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "FOLDER", tmp_path / "experiments")
    experiment(tmp_path / "experiments", "missing", name="a")
    experiment(tmp_path / "experiments", name="b")
    done = reproduce(service, tmp_path / "out", "all")
    assert done.returncode == 3
    assert "No game of a could be played" in done.stderr
    assert line(tmp_path / "out", "b")["reason"] == ""


def test_a_game_that_the_challenger_has_not_is_told_with_the_remedy(service, tmp_path):
    out, file = tmp_path / "out", experiment(tmp_path)
    assert reproduce(service, out, file).returncode == 0
    [owner] = out.glob("games/*/owner.json")
    owner.write_text(json.dumps({"url": f"{service.url}/v1/games/g-2", "key": "ok"}))
    (owner.parent / "result.json").unlink()
    lost = reproduce(service, out, file)
    assert lost.returncode == 2
    assert "no longer has the game" in lost.stderr


@pytest.mark.parametrize("text", ["games = 3", "[[games]]\nlabel = 3", "no toml at all", "[games]\na = 1"])
def test_a_file_that_is_no_experiment_is_refused_in_one_line(service, tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    refused = reproduce(service, tmp_path / "out", file)
    assert refused.returncode == 2
    assert "experiment" in refused.stderr
    assert "Traceback" not in refused.stderr
