"""Runs that were stopped, by whatever: they go on, ask nothing twice and end the same."""

import signal
import subprocess

from parties import result
from stand_in_runs import PATIENCE_S, PLAIN, assert_paid_once, attacker, begun, play, playing


def heed_interrupts():
    """Where the tests run in a shell's background, they and their children ignore interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_an_interrupted_run_says_how_to_go_on(service, tmp_path):
    service.fail("/datasets", "stall_answer", times=1)
    with begun(*playing(service, tmp_path), stderr=subprocess.PIPE, preexec_fn=heed_interrupts) as run:
        service.until_seen("stalled")
        run.send_signal(signal.SIGINT)
        told = run.communicate(timeout=PATIENCE_S)[1]
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


def test_a_quota_that_ends_stops_a_run_as_a_budget_does(service, tmp_path):
    service.fail("s001/predict", "quota", skip=1)
    stopped = play(service, tmp_path)
    assert stopped.returncode == 5
    partial = result(tmp_path)
    assert "quota-exceeded" in partial["partial"]
    assert partial["shadows"]["ready"] == 2
    assert partial["ledger"]["target_queries"]["records"] == 60 + 75
    service.post("/heal", {})
    assert play(service, tmp_path).returncode == 0
    assert_paid_once(service)
