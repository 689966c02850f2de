import subprocess
import sys
from pathlib import Path

import pytest

from attacker.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def attacker(monkeypatch, capsys):
    """The command in this process: (exit code, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        monkeypatch.setattr(sys, "argv", ["attacker", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, told = capsys.readouterr()
        return ended.value.code, out, told

    return run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plya", "http://127.0.0.1:1"], "Did you mean 'play'?"),
        (["play", "http://127.0.0.1:1/g", "--shadow", "3"], "--shadows"),
        (["play", "http://127.0.0.1:1/g", "--shadows", "many"], "--shadows"),
        (["play", "http://127.0.0.1:1/g", "--attacks", "shokry"], "did you mean 'shokri'?"),
        (
            ["play", "http://127.0.0.1:1/g", "--attacks", "gap", "--primary", "shokri"],
            "--primary 'shokri' is not among the attacks",
        ),
        (["play", "http://127.0.0.1:1/g", "--attacks", "gap,gap", "--primary", "gap"], "twice"),
        (["play", "htp://127.0.0.1:1/g"], "is no URL"),
        (["play", "http://[::1/g"], "is no URL"),
        (["play"], "game_url"),
        (["audit", "--modle", "m"], "--model"),
        (["audit", "--url", "http://h", "--model", "m", "--candidates", "nowhere.csv"], "nowhere.csv"),
        (["attacks", "nowhere"], "is no run folder"),
        (["attacks", "--attacks", "gab"], "did you mean 'gap'?"),
    ],
)
def test_a_typo_is_one_line_that_tells_the_remedy(attacker, arguments, told, tmp_path):
    out = ["--out", str(tmp_path / "run")] if arguments[0] in ("play", "audit") else []
    code, _, error = attacker(*arguments, *out)
    assert code == 2
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert told in error
    assert not (tmp_path / "run").exists()


def test_a_service_that_is_not_there_is_one_line(attacker, tmp_path):
    code, _, error = attacker("play", "http://127.0.0.1:1/v1/games/g", "--out", str(tmp_path))
    assert code == 4
    assert error.count("\n") == 1
    assert "is the service running" in error


@pytest.mark.parametrize(
    "arguments", [["--help"], ["play", "--help"], ["audit", "--help"], ["attacks", "--help"]]
)
def test_help_loads_nothing_heavy(arguments):
    program = f"""
import sys
from attacker.cli import app
app({arguments!r}, standalone_mode=False)
heavy = {{"torch", "sklearn", "scipy", "httpx", "numpy"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_without_a_command_the_help_is_shown(attacker):
    code, out, _ = attacker()
    assert code == 0
    assert "play" in out


def test_the_attacks_are_listed_with_what_they_need_and_their_papers(attacker):
    code, out, error = attacker("attacks")
    assert code == 0, error
    for word in ("shokri", "gap", "loss_threshold", "Yeom", "shadows"):
        assert word in out


def test_a_folder_that_cannot_be_made_is_one_line(attacker, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, error = attacker("play", "http://127.0.0.1:1/g", "--out", str(tmp_path / "file" / "run"))
    assert code == 1
    assert error.count("\n") == 1
    assert "can be written" in error
