"""Games that make some members known: no shadow models; and a report of what each classifier does."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from parties import Table, command, result

from attacker.attacks.shokri import features_of
from attacker.challenge import Challenge
from attacker.run_transcript import transcript_of
from attacker.store import Store

GAME = ["--dataset", "digits", "--profile", "overfitted", "--members", 150]
PARTIAL = ["--knowledge", "partial:share=0.4"]
SVM, PROVIDER = "shokri:classifier=svm", "shokri:classifier=provider"
METHOD = ["--attacks", f"{SVM},{PROVIDER},loss_threshold,population,gap,lira,label_only", "--seed", 3]
KNOWN, CANDIDATES = 2 * 60, 2 * 90  # 0.4 of the members are known, and no candidates


@pytest.fixture(scope="module")
def played(table: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run folder of a finished game, and what was said before the truth was known."""
    game, out = table.create(*GAME, *PARTIAL), tmp_path_factory.mktemp("runs") / "partial"
    said = attacker("play", game, "--out", out, *METHOD)
    assert said.returncode == 0, said.stderr
    early = attacker("attacks", out, "--report", "classifiers")
    assert early.returncode == 2
    table.close(game)
    table.play(game, out, *METHOD)
    return out, said.stderr + early.stderr


def attacker(*arguments: object) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "attacker", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_who_is_told_of_members_trains_no_shadow_models(played: tuple[Path, str]) -> None:
    document = result(played[0])
    assert document["game"]["candidates"] == CANDIDATES
    asked = {phase: cost["records"] for phase, cost in document["ledger"].items()}
    assert "shadow_queries" not in asked
    assert asked["target_queries"] == CANDIDATES + KNOWN
    assert asked["attack_queries"] == different_answers(played[0])
    found = {attack["name"]: attack for attack in document["attacks"]}
    assert found.keys() == {SVM, PROVIDER, "loss_threshold", "population", "gap"}
    assert all(attack["auc"]["low"] > 0.6 for attack in found.values())
    assert "shadows" not in found[SVM]["parameters"]


def different_answers(out: Path) -> int:
    """Of the target about the candidates, as `shokri` sees them: a model is asked about equal ones once."""
    with Store(out) as store:
        challenge = Challenge.kept(store)
        assert challenge is not None
        answers = transcript_of(store, challenge).case(0).candidates.answers
    return len(np.unique(np.column_stack([answers.labels, features_of(answers)]), axis=0))


def test_what_cannot_be_had_is_told_plainly(played: tuple[Path, str]) -> None:
    assert "lira is left out: lira" in played[1]
    assert "Who is a member is not known" in played[1]


@pytest.mark.parametrize(("ratio", "non_members"), [("balanced", 90), ("2:1", 45)])
def test_each_classifier_is_reported_on(
    played: tuple[Path, str], tmp_path: Path, ratio: str, non_members: int
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(played[0], copy)
    said = command("attacker", "attacks", copy, "--report", "classifiers", "--ratio", ratio)
    report = json.loads((copy / "classifiers.json").read_text())
    assert report["classifiers"].keys() >= {"svm", "provider", "neural_network", "perceptron"}
    svm, found = report["classifiers"]["svm"], {one["name"]: one for one in result(copy)["attacks"]}
    assert svm["1"]["recall"] == found[SVM]["recall"]  # the same fit as the run's own
    assert (svm["1"]["support"], svm["0"]["support"]) == (90, non_members)
    right = svm["1"]["recall"]["count"] + svm["0"]["recall"]["count"]
    assert svm["accuracy"]["count"] == right
    assert f"Mean F1 for members of all classifiers: {report['mean_f1']:.2f}" in said


def test_a_bare_model_is_audited_with_known_members(
    played: tuple[Path, str], table: Table, tmp_path: Path
) -> None:
    document = result(played[0])
    given = {"candidates": "candidates", "partial": "knowledge", "truth": "truth"}
    words = [f"--{option}={played[0] / name}.npy" for option, name in given.items()]
    model = document["game"]["targets"][0]["model_id"]
    words += ["--url", table.provider, "--model", model, "--out", tmp_path / "run", *METHOD]
    command("attacker", "audit", *words)
    audited = {attack["name"]: attack["auc"]["value"] for attack in result(tmp_path / "run")["attacks"]}
    assert audited[SVM] == next(one["auc"]["value"] for one in document["attacks"] if one["name"] == SVM)
