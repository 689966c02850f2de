"""The worked examples, as processes against live servers: small, but as a reader starts them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from foreign_server import Foreign, served
from parties import Table, result

from attacker import Found

ROOT = Path(__file__).parents[2]
MEMBERS = 60


def example(name: str, *arguments: object) -> str:
    """What a script prints."""
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / name, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def game(table: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the paper's game, and what its example printed."""
    out = tmp_path_factory.mktemp("examples") / "game"
    asked = ("--dataset", "digits", "--profile", "overfitted", "--members", 200, "--shadows", 4)
    return out, example("paper_game.py", "--challenger", table.challenger, "--out", out, *asked)


def test_the_game_of_the_paper_is_played_and_told_class_by_class(game: tuple[Path, str]) -> None:
    out, printed = game
    found = Found.at(out)
    shokri = found["shokri"]
    assert f"precision {shokri.precision}, recall {shokri.recall}" in printed
    assert shokri.auc.low is not None
    assert shokri.auc.low > 0.8
    lines = [line.split() for line in printed.splitlines()]
    assert [line[0] for line in lines if line and line[0].isdigit()] == [str(label) for label in range(10)]
    assert f"{result(out)['target']['train_accuracy']['value']:.3f} in training" in printed


def test_a_new_attack_of_thirty_lines_beats_the_trivial_one(game: tuple[Path, str]) -> None:
    out, _ = game
    before = result(out)
    printed = example("new_attack.py", out)
    told = re.search(r"rise has an AUC of ([\d.]+) \(.*\), the gap attack ([\d.]+)", printed)
    assert told is not None
    rise, gap = map(float, told.groups())
    assert rise > gap
    assert gap == round(next(one for one in before["attacks"] if one["name"] == "gap")["auc"]["value"], 3)
    assert result(out) == before


def test_the_new_attack_has_at_most_thirty_lines() -> None:
    source = (ROOT / "examples" / "new_attack.py").read_text()
    attack = "class " + source.partition("class ")[2].partition("\n\n\ndef ")[0]
    assert "def score" in attack
    assert len(attack.splitlines()) <= 30


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Foreign]:
    """Somebody's model that is surer of its members, and the files of who owns it."""
    random = np.random.default_rng(3)
    records = random.permutation(np.unique(random.integers(0, 2, (400, 20), dtype=np.uint8), axis=0))
    table = np.column_stack([records[:, :2].sum(axis=1), records])
    np.savetxt(tmp_path / "candidates.csv", table[: 2 * MEMBERS], "%d", ",")
    np.save(tmp_path / "truth.npy", np.arange(2 * MEMBERS) < MEMBERS)
    np.savetxt(tmp_path / "population.csv", table[2 * MEMBERS :], "%d", ",")
    with served(Foreign(table[:MEMBERS])) as foreign:
        yield foreign


def test_a_deployed_model_is_audited_from_files(deployed: Foreign, provider_url: str, tmp_path: Path) -> None:
    arguments = (
        *("--url", deployed.url, "--model", "m", "--shadows-at", provider_url, "--shadow-profile", "tiny"),
        *("--candidates", tmp_path / "candidates.csv", "--population", tmp_path / "population.csv"),
        *("--truth", tmp_path / "truth.npy", "--shadows", 4, "--out", tmp_path / "run"),
    )
    printed = example("audit_deployed_model.py", *arguments)
    assert "most exposed" in printed
    auc = Found.at(tmp_path / "run")["rmia"].auc
    assert f"AUC {auc}: the model leaks" in printed
    exposed = [int(line.split()[0]) for line in printed.partition("most exposed")[2].splitlines()[1:]]
    assert len(exposed) == 10
    assert all(row < MEMBERS for row in exposed)
    answered = deployed.answered
    assert example("audit_deployed_model.py", *arguments) == printed
    assert deployed.answered == answered


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_each_example_says_what_it_takes(name: str) -> None:
    assert "usage: " in example(name, "--help")
