"""Models of a bare service audited by the command, from files."""

import io
import sqlite3

import numpy as np
import pytest
from parties import result
from stand_in_runs import PLAIN, attacker


@pytest.fixture
def files(service, tmp_path, http):
    """Candidates and population of the stand-in's world, as a customer would have them."""
    paths = {}
    for name, path in (("candidates", "candidates"), ("population", "knowledge")):
        table = np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/{path}").body))
        paths[name] = tmp_path / f"{name}.csv"
        np.savetxt(paths[name], table, "%d", ",")
    service.close()
    np.save(
        tmp_path / "t.npy", np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/membership").body))[0]
    )
    return {**paths, "truth": tmp_path / "t.npy", "out": tmp_path / "run"}


def audit(service, files, *more):
    known = ("--url", service.url, "--model", "m-target", "--out", files["out"], *PLAIN)
    paths = ("--candidates", files["candidates"], "--population", files["population"])
    return attacker("audit", *known, *paths, *more)


def test_a_bare_service_is_audited_from_files(service, files):
    done = audit(service, files, "--truth", files["truth"], "--training-size", 30)
    assert done.returncode == 0, done.stderr
    found = result(files["out"])
    assert found["attacks"][1]["auc"]["value"] == 1.0
    lines = (files["out"] / "scores.csv").read_text().splitlines()
    assert lines[0] == "candidate,gap_score,gap_member,loss_threshold_score,loss_threshold_member"
    assert len(lines) == 61


def test_without_the_truth_an_audit_gives_scores_only(service, files):
    done = audit(service, files)
    assert done.returncode == 0, done.stderr
    assert "auc" not in result(files["out"])["attacks"][0]
    database = sqlite3.connect(files["out"] / "run.sqlite")
    [(member,)] = database.execute("SELECT member FROM shadow WHERE number = 0")
    assert len(member) == 4 * 40  # half of the 80 records of the population
    database.close()


def test_an_audit_analysed_again_keeps_its_truth_and_its_other_attacks(service, files):
    audit(service, files, "--truth", files["truth"])
    scores = (files["out"] / "scores.csv").read_text()
    audit(service, files)
    again = attacker("attacks", files["out"], "--attacks", "gap")
    assert again.returncode == 0, again.stderr
    attacks = result(files["out"])["attacks"]
    assert [(attack["name"], "auc" in attack) for attack in attacks] == [
        ("gap", True),
        ("loss_threshold", True),
    ]
    assert (files["out"] / "scores.csv").read_text() == scores


def test_an_audit_of_no_model_can_be_corrected(service, files):
    wrong = attacker(
        *("audit", "--url", service.url, "--model", "m-nobody", "--out", files["out"], *PLAIN),
        *("--candidates", files["candidates"], "--population", files["population"]),
    )
    assert wrong.returncode == 4
    assert "There is no such model" in wrong.stderr
    assert audit(service, files).returncode == 0


def test_a_model_is_audited_without_any_data(service, files):
    known = ("--url", service.url, "--model", "m-target", "--out", files["out"], *PLAIN)
    paths = ("--candidates", files["candidates"], "--truth", files["truth"])
    unsaid = attacker("audit", *known, *paths)
    assert unsaid.returncode == 2
    assert "--training-size" in unsaid.stderr
    done = attacker("audit", *known, *paths, "--training-size", 30)
    assert done.returncode == 0, done.stderr
    found = result(files["out"])
    assert found["synthesis"]["name"] == "surrogate"
    assert found["attacks"][1]["auc"]["value"] == 1.0
