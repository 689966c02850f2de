"""The scripts of examples/, as the README shows them, against live servers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from parties import Table

from services.parties import free_ports

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST_ATTACK = 30


def script(table: Table, name: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(EXAMPLES.parent)},
        cwd=table.folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def aucs(shown: str) -> dict[str, float]:
    return {name: float(auc) for name, auc in re.findall(r"^(\w+): AUC (\d\.\d+)", shown, re.MULTILINE)}


@pytest.fixture(scope="module")
def game(table: Table) -> tuple[Path, str]:
    """The run folder of the paper's game, and what the script showed."""
    out = table.folder / "runs" / "paper"
    sizes = ("--members", 150, "--shadows", 6, "--profile", "overfitted")
    return out, script(table, "paper_game.py", "--challenger", table.challenger, "--out", out, *sizes)


def test_the_game_of_the_paper(game: tuple[Path, str]) -> None:
    out, shown = game
    assert len(re.findall(r"^ +\d +\S+ +\S+$", shown, re.MULTILINE)) == 10, "a line a class"
    assert aucs(shown)["shokri"] > 0.7
    assert (out / "report.html").exists()


def test_a_new_attack_is_tried_on_the_answers_there_are(table: Table, game: tuple[Path, str]) -> None:
    before = (game[0] / "result.json").read_bytes()
    found = aucs(script(table, "new_attack.py", game[0]))
    assert found.keys() == {"shokri", "gap", "Surprise"}
    assert found["Surprise"] > 0.8
    assert (game[0] / "result.json").read_bytes() == before


def test_the_new_attack_has_thirty_lines() -> None:
    text = (EXAMPLES / "new_attack.py").read_text()
    attack = text.partition("class Surprise")[2].partition("\n\n\ndef main")[0]
    assert len(attack.splitlines()) <= LONGEST_ATTACK


def test_an_audit_of_a_deployed_model(table: Table) -> None:
    [port] = free_ports(1)
    out = table.folder / "runs" / "forest"
    arguments = ("--provider", table.provider, "--port", port, "--shadows", 4, "--out", out)
    shown = script(table, "audit_deployed_model.py", *arguments)
    found = aucs(shown)
    assert found.keys() == {"calibrated", "loss_threshold", "gap"}
    assert found["calibrated"] > 0.6
    assert "most exposed" in shown
    assert (out / "report.html").exists()
