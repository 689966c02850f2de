"""The whole game, between live processes: a leak is found, nothing is found in nothing, all is counted."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from live import Customer, eventually
from parties import Table, command, result

MEMBERS = 200
ASKED = 2 * MEMBERS + 500  # of each model: the candidates, and records that are known not to be members
AROUND = 10 + 32  # more about each: what the label-only attacks ask around it
GAME = ["--dataset", "digits", "--profile", "overfitted", "--members", MEMBERS]
METHOD = ["--shadows", 4, "--attacks", "all", "--seed", 7]


@pytest.fixture(scope="module")
def played(table: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a finished game against a target that knows its members by heart."""
    out = tmp_path_factory.mktemp("runs") / "planted"
    table.played(out, GAME, METHOD)
    return out


def attacks(out: Path) -> dict[str, dict[str, Any]]:
    return {attack["name"]: attack for attack in result(out)["attacks"]}


def test_a_planted_leak_is_found_and_a_coin_finds_nothing(played: Path) -> None:
    found = attacks(played)
    assert found["shokri"]["auc"]["low"] > 0.8
    assert found["loss_threshold"]["auc"]["low"] > 0.8
    assert found["gap"]["balanced_accuracy"]["low"] > 0.6
    assert at_chance(found["random_guess"]["auc"])


def test_nothing_is_found_in_a_null_game(table: Table, tmp_path: Path) -> None:
    """The target was trained on neither half, so every attack comes out at chance."""
    table.played(tmp_path / "null", [*GAME, "--null"], METHOD)
    for attack in attacks(tmp_path / "null").values():
        assert at_chance(attack["auc"]), attack["name"]


def at_chance(auc: dict[str, float]) -> bool:
    """Within 3.9 standard errors of 0.5: a fair coin fails once in 10,000 games."""
    return abs(auc["value"] - 0.5) <= (auc["high"] - auc["low"]) / 2 * 3.9 / 1.96


def test_the_result_says_what_was_played_and_what_it_cost(played: Path) -> None:
    document = result(played)
    assert document["schema"] == 1
    assert document["target"]["train_accuracy"]["value"] > 0.99
    assert document["target"]["test_accuracy"]["value"] < 0.7
    assert document["configuration"]["shadows"] == 4
    ledger = document["ledger"]
    assert ledger["shadow_queries"]["records"] == 4 * ASKED * (1 + AROUND)
    assert ledger["target_queries"]["records"] == ASKED + 2 * MEMBERS * AROUND
    assert ledger["target_queries"]["money"] == pytest.approx((ASKED + 2 * MEMBERS * AROUND) / 1000 * 2.0)
    assert ledger["shadow_training"]["money"] == pytest.approx(4 * 0.5)
    rate = document["attacks"][0]["recall"]
    assert set(rate) == {"value", "low", "high", "count", "of"}
    assert rate["of"] == MEMBERS
    assert document["attacks"][0]["tpr_at_fpr"]["0.001"]["value"] is None  # so few non-members cannot tell
    assert np.load(played / "truth.npy").sum() == MEMBERS


def test_the_attackers_ledger_is_the_providers_to_the_record(played: Path, table: Table) -> None:
    assert_the_ledger_is_the_providers(played, table)


def assert_the_ledger_is_the_providers(out: Path, table: Table) -> None:
    """The shadows' queries and the target's, records and requests."""
    found, asked = result(out), logged(out, table)
    targets = {target["model_id"] for target in found["game"]["targets"]}
    assert targets < asked.keys()
    phases = {"target_queries": targets, "shadow_queries": asked.keys() - targets}
    for phase, models in phases.items():
        requests, records = map(sum, zip(*(asked[model] for model in models), strict=True))
        cost = found["ledger"][phase]
        assert (cost["requests"], cost["records"]) == (requests, records), phase


def logged(out: Path, table: Table) -> dict[str, tuple[int, int]]:
    """Requests and records by model that the provider's log has of this run's account."""
    with sqlite3.connect(out / "run.sqlite") as run:
        [(token,)] = run.execute("SELECT value FROM fact WHERE name = 'token'")
    with sqlite3.connect(table.folder / "provider" / "mlaas.sqlite") as provider:
        rows = provider.execute(
            "SELECT model_id, count(*), sum(records) FROM query WHERE account_id ="
            " (SELECT account_id FROM model WHERE id LIKE ? LIMIT 1) GROUP BY model_id",
            (f"m-{json.loads(token)}%",),
        )
        return {model: (requests, records) for model, requests, records in rows}


def test_a_finished_run_is_analysed_again_without_a_query(played: Path, table: Table, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(played, copy)
    before = queries(table)
    fresh = [sys.executable, "-m", "attacker", "attacks", copy, "--attacks", "gap,shokri"]
    subprocess.run(fresh, check=True, capture_output=True)
    assert queries(table) == before
    assert attacks(copy) == attacks(played)  # with the challenger's own intervals


def queries(table: Table) -> int:
    with sqlite3.connect(table.folder / "provider" / "mlaas.sqlite") as provider:
        return int(provider.execute("SELECT count(*) FROM query").fetchone()[0])


def test_a_killed_attacker_goes_on_and_asks_nothing_twice(table: Table, tmp_path: Path) -> None:
    """kill -9 after its first answers, then the same command: each model is asked once all the same."""
    game, out, method = table.create(*GAME), tmp_path / "killed", ["--shadows", 4, "--attacks", "gap"]
    arguments = ["-m", "attacker", "play", game, "--out", str(out), *map(str, method)]
    before = queries(table)
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: queries(table) > before, limit_s=120)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    table.play(game, out, *method)
    table.close(game)
    table.play(game, out, *method)
    assert_the_ledger_is_the_providers(out, table)
    requests = sorted(requests for requests, _ in logged(out, table).values())
    assert requests == [1, 1, 1, 1, 2]  # the target is asked about the candidates before the others


def test_the_attacker_needs_its_own_folder_and_http_alone(table: Table, tmp_path: Path) -> None:
    """Played from a copy of `attacker/` in a fresh interpreter where there is no `services`."""
    root = Path(__file__).parents[2]
    shutil.copytree(root / "attacker", tmp_path / "alone" / "attacker")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]\n"
        "from importlib.util import find_spec; assert find_spec('services') is None\n"
        "import attacker; assert attacker.__file__.startswith(sys.path[0]), attacker.__file__\n"
        "from attacker.__main__ import main; main()"
    )
    game = table.create("--dataset", "digits", "--profile", "tiny", "--members", 100)
    play = ["play", game, "--shadows", "2", "--attacks", "gap", "--out", tmp_path / "run"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, tmp_path / "alone", packages, *play],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table.close(game)
    document = httpx.get(f"{game}/scoreboard").raise_for_status().json()
    assert document


def test_an_audit_needs_no_challenger(table: Table, tmp_path: Path) -> None:
    """A bare model by its URL, records in files; with the truth, an evaluation."""
    random = np.random.default_rng(5)
    labels = random.integers(0, 4, 900)
    records = np.column_stack([labels, random.integers(0, 2, (900, 20))]).astype("u1")
    members, outsiders, population = records[:150], records[150:300], records[300:]
    with Customer(table.provider) as owner:
        dataset = owner.upload(members).json()["id"]
        model = owner.train(dataset_id=dataset, profile="overfitted").json()["id"]
        assert owner.ended(model)["state"] == "ready"
        owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    np.save(tmp_path / "candidates.npy", np.concatenate([members, outsiders]))
    np.save(tmp_path / "population.npy", population)
    np.save(tmp_path / "truth.npy", np.arange(300) < 150)
    arguments = [f"--{name}={tmp_path / name}.npy" for name in ("candidates", "population", "truth")]
    arguments += ["--training-size=150", "--shadows=3", "--attacks=loss_threshold"]
    out = tmp_path / "run"
    command("attacker", "audit", "--url", table.provider, "--model", model, *arguments, "--out", out)
    assert attacks(out)["loss_threshold"]["auc"]["low"] > 0.8
    assert len((out / "scores.csv").read_text().splitlines()) == 301


@pytest.mark.parametrize(
    ("knowledge", "synthesis"),
    [("noisy:rate=0.1:mode=replace", "noisy"), ("marginals", "marginals"), ("format", "surrogate")],
)
def test_a_game_is_played_by_who_has_no_real_records(
    table: Table, tmp_path: Path, knowledge: str, synthesis: str
) -> None:
    """Integer features; all that is asked of the target is in the ledger, and agrees with the provider's."""
    asked = ["--dataset", "digits", "--profile", "tiny", "--members", 60, "--knowledge", knowledge]
    found = table.played(tmp_path / "run", asked, ["--shadows", 2, "--attacks", "gap"])
    assert found["synthesis"]["name"] == synthesis
    assert found["game"]["rules"]["knowledge"]["kind"] == knowledge.partition(":")[0]
    records = np.load(tmp_path / "run" / "shadow_data.npy")
    assert len(records) >= 120
    assert records[:, 1:].min() >= 0
    assert records[:, 1:].max() <= 16
    model = found["game"]["targets"][0]["model_id"]
    with sqlite3.connect(table.folder / "provider" / "mlaas.sqlite") as provider:
        [counted] = provider.execute(
            "SELECT sum(records) FROM query JOIN model ON model.id = query.model_id"
            " WHERE model.id = ? AND query.account_id != model.account_id",
            (model,),
        ).fetchone()
    phases = [found["ledger"].get(phase, {"records": 0}) for phase in ("synthesis", "target_queries")]
    assert counted == sum(phase["records"] for phase in phases)
