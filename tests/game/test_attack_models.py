"""Attack models trained through the black box under attack: learned once, paid once, asked nothing twice."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from live import eventually
from parties import Table, command, result

GAME = ["--dataset", "digits", "--profile", "overfitted", "--members", 200]
ATTACK = "shokri:classifier=provider"
METHOD = ["--shadows", 4, "--attacks", f"{ATTACK},gap", "--seed", 3]


def counted(table: Table, out: Path, names: str) -> tuple[int, int, int]:
    """Models of this run that have such names at the provider, and the requests and records asked of them."""
    with closing(sqlite3.connect(out / "run.sqlite")) as run:
        token = run.execute("SELECT value FROM fact WHERE name = 'token'").fetchone()[0].strip('"')
    with closing(sqlite3.connect(table.folder / "provider" / "mlaas.sqlite")) as provider:
        like = (f"m-{token}-{names}",)
        [models] = provider.execute("SELECT count(*) FROM model WHERE id LIKE ?", like).fetchone()
        query = "SELECT count(*), total(records) FROM query WHERE model_id LIKE ?"
        requests, records = provider.execute(query, like).fetchone()
    return models, requests, int(records)


def requests(table: Table, models: str = "%") -> int:
    with closing(sqlite3.connect(table.folder / "provider" / "mlaas.sqlite")) as provider:
        query = "SELECT count(*) FROM query WHERE model_id LIKE ?"
        return int(provider.execute(query, (models,)).fetchone()[0])


def attack(document: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in document["attacks"] if one["name"] == ATTACK)


def test_a_killed_run_has_each_attack_model_once_and_its_ledger_is_the_providers(
    table: Table, tmp_path: Path
) -> None:
    """kill -9 after the first answer of an attack model, then the same command; then another analysis."""
    game, out = table.create(*GAME), tmp_path / "run"
    arguments = ["-m", "attacker", "play", game, "--out", str(out), *map(str, METHOD)]
    process = subprocess.Popen([sys.executable, *arguments])
    try:
        eventually(lambda: (out / "run.sqlite").exists() and requests(table, "m-%-a-%"))
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    table.play(game, out, *METHOD)
    table.close(game)
    table.play(game, out, *METHOD)
    document = result(out)
    ledger = document["ledger"]
    models, asked, records = counted(table, out, "a-%")
    assert models == 10  # one a class
    assert (ledger["attack_queries"]["requests"], ledger["attack_queries"]["records"]) == (asked, records)
    assert (asked, records) == (10, 400)  # each candidate is asked of its class's model, at once
    assert ledger["attack_training"]["requests"] == 10
    assert ledger["attack_training"]["money"] == pytest.approx(10 * 0.5)
    assert ledger["upload"]["requests"] == 12  # the shadow data, what they are, and each attack model's
    assert ledger["attack_queries"]["money"] == pytest.approx(400 / 1000 * 2.0)
    assert attack(document)["auc"]["low"] > 0.6

    before, found = requests(table), attack(document)
    command("attacker", "attacks", out, "--attacks", ATTACK)
    assert requests(table) == before
    again = attack(result(out))
    assert all(again[figure] == found[figure] for figure in ("auc", "recall", "fpr", "parameters"))
    refused = subprocess.run(
        [sys.executable, "-m", "attacker", "attacks", out, "--attacks", ATTACK, "--precision", "0.9"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 3
    assert "was not asked for these attack models" in refused.stderr
