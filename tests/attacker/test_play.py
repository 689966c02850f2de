"""Games played by the command against the stand-in."""

import os
import shutil
import stat
import subprocess
import sys

import numpy as np
import pytest
from parties import result
from stand_in_runs import PATIENCE_S, PLAIN, RECORDS, ROOT, assert_paid_once, attacker, play


def test_a_game_is_played_to_the_result(service, tmp_path):
    submitted = play(service, tmp_path)
    assert submitted.returncode == 0, submitted.stderr
    assert "Submitted" in submitted.stdout
    service.close()
    finished = play(service, tmp_path)
    assert "loss_threshold *" in finished.stdout
    assert submitted.stderr == finished.stderr == ""  # no terminal, no bars

    found = result(tmp_path)
    assert found["schema"] == 1
    assert [attack["name"] for attack in found["attacks"]] == ["gap", "loss_threshold"]
    assert found["configuration"]["shadows"] == 2
    rate = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5, "of": 10}
    assert found["target"] == {"train_accuracy": rate, "test_accuracy": rate}
    assert {p: c["records"] for p, c in found["ledger"].items()} == {
        "upload": 60,
        "shadow_training": 60,
        "shadow_queries": 2 * (60 + 75),
        "target_queries": 60 + 75,
    }
    assert 0 < found["seconds"] < 300
    truth = np.load(tmp_path / "truth.npy")
    [submission] = service.world()["submissions"]
    assert submission["primary"] == "loss_threshold"
    assert submission["attacks"][1]["decisions"] == truth.tolist()  # the leak is planted
    assert_paid_once(service)


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
    assert "135 records in 6 requests, the provider 136 in 6" in mismatch.stderr
    assert service.world()["submissions"] == []


def test_a_shadow_that_fails_is_named_and_the_run_goes_on(service, tmp_path):
    service.fail("-s001", "training", times=0)
    played = play(service, tmp_path)
    assert played.returncode == 0
    assert "-s001 (out of luck)" in played.stderr
    service.close()
    play(service, tmp_path)
    shadows = result(tmp_path)["shadows"]
    assert (shadows["ready"], shadows["failed"][0]["error"]) == (1, "out of luck")


def test_an_account_of_ones_own_is_used_and_its_earlier_queries_do_not_count(service, tmp_path, provider):
    provider.predict("m-target", np.zeros((5, 20), np.uint8), 3, "earlier")
    played = attacker("play", service.game_url, "--out", tmp_path, *PLAIN, ATTACKER_API_KEY="key_mine")
    assert played.returncode == 0, played.stderr
    assert service.world()["accounts"] == 0


def test_ones_own_key_goes_to_no_provider_that_a_challenger_alone_names(service, tmp_path):
    url = service.game_url.replace("127.0.0.1", "localhost")
    asked = ("play", url, "--out", tmp_path, *PLAIN)
    refused = attacker(*asked, ATTACKER_API_KEY="key_mine")
    assert (refused.returncode, service.seen("/usage")) == (2, 0)
    assert f"ATTACKER_PROVIDER={service.url}" in refused.stderr
    played = attacker(*asked, ATTACKER_API_KEY="key_mine", ATTACKER_PROVIDER=service.url)
    assert played.returncode == 0, played.stderr


def test_an_api_key_from_a_file_is_in_the_runs_database_alone(service, tmp_path):
    run, file = tmp_path / "run", tmp_path / "key"
    file.write_text("key_mine\n")
    asked = ("play", service.game_url, "--out", run, *PLAIN)
    first = attacker(*asked, ATTACKER_API_KEY_FILE=str(file))
    service.close()
    played = attacker(*asked)
    written = attacker("report", run), attacker("export", run, "--out", run / "export.npz")
    assert [one.returncode for one in (first, played, *written)] == [0] * 4, first.stderr
    assert service.world()["accounts"] == 0
    files = [one for one in run.rglob("*") if one.is_file()]
    assert {one.name for one in files if b"key_mine" in one.read_bytes()} == {"run.sqlite"}
    assert stat.S_IMODE((run / "run.sqlite").stat().st_mode) == 0o600
    assert not any("key_mine" in one.stdout + one.stderr for one in (first, played, *written))


def test_a_file_without_an_api_key_is_named(service, tmp_path):
    (tmp_path / "key").touch()
    asked = ("play", service.game_url, "--out", tmp_path / "run", *PLAIN)
    refused = attacker(*asked, ATTACKER_API_KEY_FILE=str(tmp_path / "key"))
    assert refused.returncode == 2
    assert "ATTACKER_API_KEY_FILE" in refused.stderr


def test_an_api_key_that_cannot_be_one_is_refused_and_not_shown(service, tmp_path):
    refused = attacker("play", service.game_url, "--out", tmp_path / "run", ATTACKER_API_KEY="k\u00e9y")
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: The API key has characters that no key has; copy it again as it was issued.\n"
    )


def test_a_finished_run_is_analysed_again_without_the_services(service, tmp_path):
    play(service, tmp_path)
    service.close()
    play(service, tmp_path)
    asked = len(service.world()["seen"])
    again = attacker("attacks", tmp_path, "--attacks", "loss_threshold,shokri")
    assert again.returncode == 0, again.stderr
    assert len(service.world()["seen"]) == asked
    attacks = result(tmp_path)["attacks"]
    evaluated = {attack["name"]: attack for attack in attacks}
    assert list(evaluated) == ["gap", "loss_threshold", "shokri"]
    assert evaluated["loss_threshold"]["auc"]["value"] == 1.0
    fitted = evaluated["shokri"]["parameters"]
    assert (fitted["shadows"], fitted["classifier"]) == (2, "neural_network")
    learned = {"hidden", "steps", "batch", "learning_rate", "weight_decay"}
    assert fitted["neural_network"].keys() == learned  # a result can be traced


def test_an_attack_alone_is_the_one_to_judge_the_run_by(service, tmp_path):
    played = attacker("play", service.game_url, "--out", tmp_path, "--shadows", "2", "--attacks", "gap")
    assert played.returncode == 0, played.stderr
    assert service.world()["submissions"][0]["primary"] == "gap"


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


def test_shadows_may_be_trained_under_another_profile_and_with_another_size(service, tmp_path):
    """An attacker who is mistaken; every phase costs what its own profile costs."""
    mistaken = play(service, tmp_path, "--shadow-profile", "dear", "--training-size", 20)
    assert mistaken.returncode == 0, mistaken.stderr
    world = service.world()
    assert set(world["profiles"].values()) == {"dear"}
    assert {len(rows) for rows in world["trained"].values()} == {20}
    service.close()
    play(service, tmp_path, "--shadow-profile", "dear", "--training-size", 20)
    ledger = result(tmp_path)["ledger"]
    assert ledger["shadow_training"]["money"] == 2 * 5.0
    assert ledger["shadow_queries"]["money"] == pytest.approx(ledger["shadow_queries"]["records"] * 0.02)
    assert ledger["target_queries"]["money"] == pytest.approx(ledger["target_queries"]["records"] * 0.002)


def test_a_profile_that_is_not_offered_trains_no_shadows(service, tmp_path):
    refused = play(service, tmp_path, "--shadow-profile", "unheard_of")
    assert refused.returncode == 4
    assert "unheard_of" in refused.stderr
    assert service.world()["usage"] == {}


def test_shadow_data_of_images_is_declared_as_images(service, tmp_path):
    service.post("/images", {"shape": [4, 5]})
    assert play(service, tmp_path).returncode == 0
    [declared] = service.world()["declared"].values()
    assert declared["shape"] == [4, 5]
    assert [feature["name"] for feature in declared["features"]] == [str(index) for index in range(20)]


def test_records_that_are_no_images_are_declared_as_nothing(service, tmp_path):
    assert play(service, tmp_path).returncode == 0
    assert service.world()["declared"] == {}
