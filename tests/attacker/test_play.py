"""Whole runs of the command, in processes of their own, against the stand-in."""

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PLAIN = ("--shadows", "2", "--attacks", "gap,loss_threshold", "--primary", "loss_threshold")
RECORDS = 2 * 2 * 30 + 60
REQUESTS = 2 * 3 + 3  # of at most 25 records
PATIENCE_S = 60


def command(*arguments):
    return [sys.executable, "-m", "attacker", *map(str, arguments)]


def attacker(*arguments, **environment):
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=PATIENCE_S,
    )


@contextmanager
def begun(*arguments, **options):
    """A run under way, which does not outlive the test."""
    run = subprocess.Popen(command(*arguments), cwd=ROOT, text=True, **options)
    try:
        yield run
    finally:
        run.kill()
        run.communicate(timeout=PATIENCE_S)


def play(service, out, *more):
    return attacker("play", service.game_url, "--out", out, *PLAIN, *more)


def assert_paid_once(service):
    world = service.world()
    assert sum(requests for requests, _ in world["usage"].values()) == REQUESTS
    assert sum(records for _, records in world["usage"].values()) == RECORDS
    assert (world["datasets"], len(world["submissions"]), len(world["trained"])) == (1, 1, 2)


def test_a_game_is_played_to_the_result(service, tmp_path):
    submitted = play(service, tmp_path)
    assert submitted.returncode == 0, submitted.stderr
    assert "Submitted" in submitted.stdout
    service.close()
    finished = play(service, tmp_path)
    assert "loss_threshold *" in finished.stdout
    assert submitted.stderr == finished.stderr == ""  # no terminal, no bars

    result = json.loads((tmp_path / "result.json").read_text())
    assert result["schema"] == 1
    assert [attack["name"] for attack in result["attacks"]] == ["gap", "loss_threshold"]
    assert result["configuration"]["shadows"] == 2
    rate = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5, "of": 10}
    assert result["target"] == {"train_accuracy": rate, "test_accuracy": rate}
    assert {p: c["records"] for p, c in result["ledger"].items()} == {
        "upload": 80,
        "shadow_training": 60,
        "shadow_queries": 120,
        "target_queries": 60,
    }
    assert 0 < result["seconds"] < 300
    truth = np.load(tmp_path / "truth.npy")
    [submission] = service.world()["submissions"]
    assert submission["primary"] == "loss_threshold"
    assert submission["attacks"][1]["decisions"] == truth.tolist()  # the leak is planted
    assert_paid_once(service)


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("/accounts", "stall"),
        ("/datasets", "stall_answer"),
        ("/models", "stall_answer"),
        ("s001/predict", "stall_answer"),
        ("m-target/predict", "stall"),
        ("/submissions", "stall_answer"),
    ],
)
def test_a_run_killed_at_any_stage_goes_on_and_ends_the_same(service, tmp_path, stage, kind):
    """Killed with a request under way that is not yet done, or done and charged but not answered."""
    service.fail(stage, kind, times=2 if "predict" in stage else 1)
    with begun("play", service.game_url, "--out", tmp_path, *PLAIN) as run:
        service.until_seen("stalled")
        run.kill()
    finished = play(service, tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert_paid_once(service)
    [submission] = service.world()["submissions"]
    costs = submission["ledger"]
    assert costs["shadow_queries"]["records"] + costs["target_queries"]["records"] == RECORDS


def interrupted(run):
    """What an interrupted run says; a signal just before a system call does not wake it, another does."""
    for _ in range(3):
        run.send_signal(signal.SIGINT)
        try:
            return run.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("three interrupts did not end the run")


def test_an_interrupted_run_says_how_to_go_on(service, tmp_path):
    service.fail("/datasets", "stall_answer", times=1)
    with begun("play", service.game_url, "--out", tmp_path, *PLAIN, stderr=subprocess.PIPE) as run:
        service.until_seen("stalled")
        told = interrupted(run)
    assert run.returncode == 130
    assert told == "error: interrupted; the same command goes on where this one was.\n"
    assert play(service, tmp_path).returncode == 0


def test_other_arguments_on_a_begun_run_are_refused_by_name(service, tmp_path):
    play(service, tmp_path)
    refused = play(service, tmp_path, "--seed", "9")
    assert refused.returncode == 2
    assert "seed was 0, is 9" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_wrong_url_can_be_corrected_in_the_same_folder(service, tmp_path):
    wrong = attacker("play", service.game_url + "x", "--out", tmp_path, *PLAIN)
    assert wrong.returncode == 2
    assert "There is no game at" in wrong.stderr
    assert play(service, tmp_path).returncode == 0


def test_a_game_that_is_over_cannot_be_begun(service, tmp_path):
    service.close()
    late = play(service, tmp_path)
    assert late.returncode == 3
    assert "is closed" in late.stderr


def test_a_budget_that_cannot_suffice_is_refused_before_anything_is_paid(service, tmp_path):
    refused = play(service, tmp_path, "--budget", RECORDS - 1)
    assert refused.returncode == 5
    assert f"asks about {RECORDS} records" in refused.stderr
    assert service.world()["usage"] == {}
    assert play(service, tmp_path, "--budget", RECORDS).returncode == 0


def test_a_provider_that_counts_otherwise_is_found_out(service, tmp_path):
    service.fail("/profiles", "reset", times=1)
    service.post("/faults", {"path": "", "kind": "miscount", "times": 0})
    mismatch = play(service, tmp_path)
    assert mismatch.returncode == 6
    assert "60 records in 3 requests, the provider 61 in 3" in mismatch.stderr
    assert service.world()["submissions"] == []


def test_a_shadow_that_fails_is_named_and_the_run_goes_on(service, tmp_path):
    service.fail("-s001", "training", times=0)
    played = play(service, tmp_path)
    assert played.returncode == 0
    assert "-s001 (out of luck)" in played.stderr
    service.close()
    play(service, tmp_path)
    shadows = json.loads((tmp_path / "result.json").read_text())["shadows"]
    assert (shadows["ready"], shadows["failed"][0]["error"]) == (1, "out of luck")


def test_an_account_of_ones_own_is_used_and_its_earlier_queries_do_not_count(service, tmp_path, provider):
    provider.predict("m-target", np.zeros((5, 20), np.uint8), 3, "earlier")
    played = attacker("play", service.game_url, "--out", tmp_path, *PLAIN, ATTACKER_API_KEY="key_mine")
    assert played.returncode == 0, played.stderr
    assert service.world()["accounts"] == 0


def test_a_finished_run_is_analysed_again_without_the_services(service, tmp_path):
    play(service, tmp_path)
    service.close()
    play(service, tmp_path)
    asked = len(service.world()["seen"])
    again = attacker("attacks", tmp_path, "--attacks", "loss_threshold,shokri")
    assert again.returncode == 0, again.stderr
    assert len(service.world()["seen"]) == asked
    attacks = json.loads((tmp_path / "result.json").read_text())["attacks"]
    evaluated = {attack["name"]: attack for attack in attacks}
    assert list(evaluated) == ["gap", "loss_threshold", "shokri"]
    assert evaluated["loss_threshold"]["auc"]["value"] == 1.0
    fitted = evaluated["shokri"]["parameters"]
    assert (fitted["shadows"], fitted["classifier"]) == (2, "neural_network")
    learned = {"hidden", "steps", "batch", "learning_rate", "weight_decay"}
    assert fitted["neural_network"].keys() == learned  # a result can be traced


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
    result = json.loads((files["out"] / "result.json").read_text())
    assert result["attacks"][1]["auc"]["value"] == 1.0
    lines = (files["out"] / "scores.csv").read_text().splitlines()
    assert lines[0] == "candidate,gap_score,gap_member,loss_threshold_score,loss_threshold_member"
    assert len(lines) == 61


def test_without_the_truth_an_audit_gives_scores_only(service, files):
    done = audit(service, files)
    assert done.returncode == 0, done.stderr
    assert "auc" not in json.loads((files["out"] / "result.json").read_text())["attacks"][0]
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
    attacks = json.loads((files["out"] / "result.json").read_text())["attacks"]
    assert [(attack["name"], "auc" in attack) for attack in attacks] == [
        ("gap", True),
        ("loss_threshold", True),
    ]
    assert (files["out"] / "scores.csv").read_text() == scores


def test_an_attack_alone_is_the_one_to_judge_the_run_by(service, tmp_path):
    played = attacker("play", service.game_url, "--out", tmp_path, "--shadows", "2", "--attacks", "gap")
    assert played.returncode == 0, played.stderr
    assert service.world()["submissions"][0]["primary"] == "gap"


def test_an_api_key_that_cannot_be_one_is_refused_and_not_shown(service, tmp_path):
    refused = attacker("play", service.game_url, "--out", tmp_path / "run", ATTACKER_API_KEY="k\u00e9y")
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: The API key has characters that no key has; copy it again as it was issued.\n"
    )


def test_an_audit_of_no_model_can_be_corrected(service, files):
    wrong = attacker(
        *("audit", "--url", service.url, "--model", "m-nobody", "--out", files["out"], *PLAIN),
        *("--candidates", files["candidates"], "--population", files["population"]),
    )
    assert wrong.returncode == 4
    assert "There is no such model" in wrong.stderr
    assert audit(service, files).returncode == 0


def test_the_attacker_works_from_a_copy_of_its_package_alone(service, tmp_path):
    shutil.copytree(ROOT / "attacker", tmp_path / "attacker")
    program = (
        "import sys; sys.path[:] = [p for p in sys.path if p != %r]; from attacker.cli import main; main()"
    )
    python = [sys.executable, "-S", "-c", program % str(ROOT)]
    alone = subprocess.run(
        [*python, "play", service.game_url, "--out", str(tmp_path / "run"), *PLAIN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p.endswith("site-packages"))},
    )
    assert alone.returncode == 0, alone.stderr


def ledger(out):
    return {p: c["records"] for p, c in json.loads((out / "result.json").read_text())["ledger"].items()}


@pytest.mark.parametrize(
    ("kind", "synthesis"),
    [
        ("noisy", "noisy"),
        ("marginals", "marginals"),
        ("format", "surrogate"),
        ("population", "model_based"),
    ],
)
def test_a_game_is_played_from_what_it_grants(service, tmp_path, kind, synthesis):
    """The default makes the most of what is granted; what needs less can be asked for."""
    service.grant(kind)
    more = ("--synthesis", synthesis) if kind == "population" else ()
    played = play(service, tmp_path, *more)
    assert played.returncode == 0, played.stderr
    service.close()
    play(service, tmp_path, *more)
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["synthesis"]["name"] == synthesis
    asked = {model: records for model, (_, records) in service.world()["usage"].items()}
    queries = found["synthesis"]["queries"]
    assert asked["m-target"] == 60 + queries
    assert (queries == 66) if kind == "marginals" else (queries == 0) == (kind == "noisy")
    assert ledger(tmp_path)["target_queries"] == 60
    assert ledger(tmp_path)["shadow_queries"] == 120
    assert ledger(tmp_path).get("synthesis", 0) == queries
    records = np.load(tmp_path / "shadow_data.npy")
    candidates = np.load(tmp_path / "candidates.npy")
    assert not {bytes(row) for row in records[:, 1:]} & {bytes(row) for row in candidates[:, 1:]}


def test_knowledge_that_does_not_suffice_is_refused_with_what_does(service, tmp_path):
    service.grant("format")
    refused = play(service, tmp_path, "--synthesis", "marginals")
    assert refused.returncode == 3
    assert "works from marginals, and what is known is 'format'; choose --synthesis" in refused.stderr
    assert service.world()["usage"] == {}


def test_a_synthesis_that_the_budget_ends_leaves_a_partial_result_and_goes_on(service, tmp_path):
    service.grant("format")
    climbing = ("--synthesis", "model_based")
    stopped = play(service, tmp_path, *climbing, "--budget", "300")
    assert stopped.returncode == 5
    partial = json.loads((tmp_path / "result.json").read_text())
    assert "go on with a larger --budget" in partial["partial"]
    assert partial["attacks"] == []
    assert 0 < partial["synthesis"]["records"] < 66
    assert partial["ledger"]["synthesis"]["records"] <= 300 - 60 - 120  # the rest was held back
    assert service.world()["submissions"] == []
    finished = play(service, tmp_path, *climbing, "--budget", "synthesis=5000")
    assert finished.returncode == 0, finished.stderr
    assert len(service.world()["submissions"]) == 1


def test_a_quota_that_ends_stops_a_run_as_a_budget_does(service, tmp_path):
    service.fail("s001/predict", "quota", skip=1)
    stopped = play(service, tmp_path)
    assert stopped.returncode == 5
    partial = json.loads((tmp_path / "result.json").read_text())
    assert "quota-exceeded" in partial["partial"]
    assert partial["shadows"]["ready"] == 2
    assert partial["ledger"]["target_queries"]["records"] == 60
    service.post("/heal", {})
    assert play(service, tmp_path).returncode == 0
    assert_paid_once(service)


def test_a_model_is_audited_without_any_data(service, files):
    known = ("--url", service.url, "--model", "m-target", "--out", files["out"], *PLAIN)
    paths = ("--candidates", files["candidates"], "--truth", files["truth"])
    unsaid = attacker("audit", *known, *paths)
    assert unsaid.returncode == 2
    assert "--training-size" in unsaid.stderr
    done = attacker("audit", *known, *paths, "--training-size", 30)
    assert done.returncode == 0, done.stderr
    result = json.loads((files["out"] / "result.json").read_text())
    assert result["synthesis"]["name"] == "surrogate"
    assert result["attacks"][1]["auc"]["value"] == 1.0


def test_fewer_of_the_granted_records_can_be_used(service, tmp_path):
    assert play(service, tmp_path, "--count", 65).returncode == 0
    assert len(np.load(tmp_path / "shadow_data.npy")) == 65


def test_too_few_records_are_refused_before_anything_is_paid(service, tmp_path):
    service.grant("format")
    for more in (("--count", 59), ("--count", 59, "--synthesis", "model_based")):
        refused = play(service, tmp_path, *more)
        assert refused.returncode == 2
        assert "a shadow model needs 60" in refused.stderr
    assert service.world()["usage"] == {}


def test_an_attack_is_fitted_with_the_classifier_that_is_named(service, tmp_path):
    words = "shokri:classifier=logistic_regression,gap"
    out = tmp_path / "run"
    played = attacker("play", service.game_url, "--out", out, "--shadows", "2", "--attacks", words)
    assert played.returncode == 0, played.stderr
    [submission] = service.world()["submissions"]
    assert submission["primary"] == "shokri:classifier=logistic_regression"
    assert submission["attacks"][0]["parameters"]["classifier"] == "logistic_regression"
    assert len(set(submission["attacks"][0]["scores"][0])) > 2
    wrong = attacker("attacks", out, "--attacks", "shokri:classifier=logistic_regresion")
    assert wrong.returncode == 2
    assert "did you mean 'logistic_regression'" in wrong.stderr
