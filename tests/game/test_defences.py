"""Defences played one after the other on one target, by an attacker who adapts and by one who does not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parties import Table, result
from sklearn.metrics import roc_auc_score

from attacker import Found
from attacker.adapting import REPEATS

LADDER = Path(__file__).parents[1] / "experiments" / "defences.toml"
NAIVE = "calibrated (naive)"


@pytest.fixture(scope="module")
def ladder(table: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the reproduction, and what was said."""
    out = tmp_path_factory.mktemp("ladder")
    words = ["-m", "attacker", "reproduce", str(LADDER), "--challenger", table.challenger, "--out", str(out)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "defences-quick", done.stdout


@pytest.fixture(scope="module")
def lines(ladder: tuple[Path, str]) -> dict[tuple[str, str], dict[str, Any]]:
    """By the defence and the attacker."""
    document = json.loads((ladder[0] / "reproduction.json").read_text())
    return {(line["label"].removeprefix("Digits: "), line["attack"]): line for line in document["lines"]}


def run_of(line: dict[str, Any]) -> dict[str, Any]:
    return result(Path(line["run"]))


def value(line: dict[str, Any], metric: str) -> float:
    [found] = [number["value"] for number in line["numbers"] if number["metric"] == metric]
    assert isinstance(found, float)
    return found


def test_every_defence_has_both_attackers(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
    defended = {label for label, _ in lines} - {"none"}
    assert defended == {"temperature", "noise", "labels", "another training"}
    assert all((label, attacker) in lines for label in defended for attacker in ("calibrated", NAIVE))
    assert ("none", NAIVE) not in lines


def test_a_temperature_is_undone_by_who_adapts(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
    undefended = value(lines["none", "calibrated"], "auc")
    assert undefended > 0.8
    assert value(lines["temperature", "calibrated"], "auc") == pytest.approx(undefended, abs=0.02)
    adapts, naive = (lines["temperature", f"loss_threshold{who}"] for who in ("", " (naive)"))
    assert value(naive, "accuracy") < value(adapts, "accuracy") - 0.1
    [told] = run_of(lines["temperature", "calibrated"])["adaptation"]
    assert "temperature of 20 is undone" in told


def test_fresh_noise_is_averaged_away(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
    run = run_of(lines["noise", "calibrated"])
    assert f"asked {REPEATS[0]} times" in run["adaptation"][0]
    assert run["ledger"]["target_queries"]["records"] % REPEATS[0] == 0
    adapts, naive = (lines["noise", f"loss_threshold{who}"] for who in ("", " (naive)"))
    assert value(adapts, "accuracy") > value(naive, "accuracy") + 0.05


def test_where_labels_are_all_there_is_neighbours_are_asked(
    lines: dict[tuple[str, str], dict[str, Any]],
) -> None:
    around, without = lines["labels", "label_only:queries=11"], lines["none", "calibrated"]
    assert value(around, "auc") > 0.8
    assert around["records"] > 9 * without["records"]


def test_one_training_serves_all_defences_of_the_answers(
    lines: dict[tuple[str, str], dict[str, Any]],
) -> None:
    trainings = {
        label: run_of(lines[label, "calibrated"])["ledger"]["shadow_training"]["money"]
        for label in ("none", "temperature", "labels", "another training")
    }
    assert trainings["none"] > 0
    assert trainings["temperature"] == trainings["labels"] == 0
    accuracies = {label: value(lines[label, "calibrated"], "test_accuracy") for label in trainings}
    assert accuracies["none"] == accuracies["temperature"] == accuracies["labels"]
    assert trainings["another training"] > 0


def test_the_records_that_leak_most_stand_beside_the_averages(
    lines: dict[tuple[str, str], dict[str, Any]],
) -> None:
    line = lines["none", "calibrated"]
    assert value(line, "most_at_risk") > 0.5
    assert value(line, "canary_auc") > 0.5
    [entry] = [one for one in run_of(line)["attacks"] if one["name"] == "calibrated"]
    assert entry["canaries"]["records"] == 20
    run = Path(line["run"])
    canaries, [truth] = np.load(run / "canaries.npy"), np.load(run / "truth.npy")
    assert canaries.sum() == 20
    [scores] = Found.at(run).scores["calibrated"]
    assert value(line, "canary_auc") == pytest.approx(roc_auc_score(truth[canaries], scores[canaries]))


def test_the_ladder_is_shown_with_its_picture(ladder: tuple[Path, str]) -> None:
    folder, said = ladder
    assert all(
        word in said for word in ("Digits", "temperature", "calibrated (naive)", "the paper's", ".900")
    )
    page = (folder / "reproduction.html").read_text()
    assert "The line joins those that nothing beats" in page
    assert "| temperature | loss_threshold |" in (folder / "reproduction.md").read_text()
