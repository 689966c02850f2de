"""Runs exported, and attacked again from the file alone."""

import csv
import json
import shutil

import numpy as np
import pytest
from parties import result
from stand_in_runs import attacker, play

MEMBERS = 30
FDR = ("--fdr", "0.2")


@pytest.fixture
def exported(service, tmp_path):
    """A game played to its end, and its transcript moved away from it."""
    for _ in range(2):
        played = play(service, tmp_path / "run", *FDR)
        assert played.returncode == 0, played.stderr
        service.close()
    made = attacker("export", tmp_path / "run", "--out", tmp_path / "t.npz")
    assert made.returncode == 0, made.stderr
    return tmp_path / "t.npz"


def listed(folder):
    with (folder / "members.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_transcript_gives_the_scores_of_the_run_it_came_from(exported, service, tmp_path):
    shutil.move(tmp_path / "run", tmp_path / "away")
    asked = len(service.world()["seen"])
    again = attacker("attacks", exported, "--attacks", "gap,loss_threshold", *FDR)
    assert again.returncode == 0, again.stderr
    assert len(service.world()["seen"]) == asked
    [submission] = service.world()["submissions"]
    scores = {attack["name"]: attack["scores"][0] for attack in submission["attacks"]}
    with (tmp_path / "t.attacks" / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name in ("gap", "loss_threshold"):
        assert [float(row[f"{name}_score"]) for row in rows] == scores[name]
    of_run = (tmp_path / "away" / "members.csv").read_text()
    assert (tmp_path / "t.attacks" / "members.csv").read_text() == of_run  # gap has nobody to list
    found = result(tmp_path / "t.attacks")
    assert found["primary"] == "loss_threshold"
    assert found["attacks"][1]["auc"]["value"] == 1.0
    assert found["game"] == {
        "id": "g-1",
        "classes": ["0", "1", "2"],
        "rules": {"knowledge": {"kind": "population"}, "access": "disjoint"},
        "profile": "box",
        "options": {},
        "members": MEMBERS,
        "knowledge": "population",
    }


def test_a_transcript_holds_no_secret_and_no_address(exported, tmp_path):
    with np.load(exported) as file:
        text = b"".join(file[name].tobytes() if "." not in name else file[name] for name in file.files)
    for word in (b"key_", b"http", b"m-target"):
        assert word not in text


def test_a_run_exported_before_its_game_is_closed_tells_no_truth(service, tmp_path):
    assert play(service, tmp_path).returncode == 0
    made = attacker("export", tmp_path)
    assert made.returncode == 0, made.stderr
    with np.load(tmp_path / "transcript.npz") as file:
        assert "truth" not in file
        assert json.loads(file["transcript.json"])["primary"] == "loss_threshold"
    again = attacker("attacks", tmp_path / "transcript.npz", "--attacks", "gap", "--out", tmp_path / "there")
    assert again.returncode == 0, again.stderr
    assert "auc" not in result(tmp_path / "there")["attacks"][0]
    assert (tmp_path / "there" / "scores.csv").exists()


def test_a_run_that_is_not_finished_is_not_exported(tmp_path):
    refused = attacker("export", tmp_path)
    assert refused.returncode == 2
    assert "is no run folder" in refused.stderr


def test_members_are_listed_at_a_false_discovery_rate(exported, service, tmp_path):
    run = tmp_path / "run"
    truth = np.load(run / "truth.npy")[0]
    members = listed(run)
    found = sorted(int(one["candidate"]) for one in members)
    assert found == np.flatnonzero(truth).tolist()  # the leak is planted
    assert {one["attack"] for one in members} == {"loss_threshold"}  # the primary attack alone
    entries = {attack["name"]: attack for attack in result(run)["attacks"]}
    told = entries["loss_threshold"]["members_at_fdr"]
    assert (told["rate"], told["listed"], told["false"]["count"], told["false"]["of"]) == (0.2, 30, 0, 30)
    assert told["held_back"] == MEMBERS // 2
    assert "members_at_fdr" not in entries["gap"]
    [submission] = service.world()["submissions"]
    assert "members_at_fdr" not in json.dumps(submission)


def test_lists_can_be_made_later_and_stay(service, tmp_path):
    for _ in range(2):
        assert play(service, tmp_path).returncode == 0
        service.close()
    assert not (tmp_path / "members.csv").exists()
    again = attacker("attacks", tmp_path, "--attacks", "loss_threshold,population", *FDR)
    assert again.returncode == 0, again.stderr
    assert "loss_threshold: 30 members at a false discovery rate of 20.0%; 0 of them are none" in again.stdout
    attacker("attacks", tmp_path, "--attacks", "gap")
    entries = {attack["name"]: attack for attack in result(tmp_path)["attacks"]}
    assert {name for name, entry in entries.items() if "members_at_fdr" in entry} == {
        "loss_threshold",
        "population",
    }
    assert {one["attack"] for one in listed(tmp_path)} == {"loss_threshold", "population"}


def test_too_few_records_for_a_rate_are_counted(service, tmp_path):
    played = play(service, tmp_path, "--fdr", "0.01")
    assert played.returncode == 0, played.stderr
    assert "takes 99 population records" in played.stderr
    assert "15 are held back" in played.stderr
    assert listed(tmp_path) == []
