"""The operator's commands: tables for people, one line for an error, no traceback."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Ended, typed
from live import Customer, provider, two_clusters

from services.mlaas.__main__ import main


def mlaas(*arguments: str) -> Ended:
    return typed(main, *arguments, COLUMNS="200")


def test_an_operator_sees_what_customers_cannot(tmp_path: Path, profiles_folder: str) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "1", "--profiles", profiles_folder) as url, Customer(url) as customer:
        model = customer.train(
            dataset_id=customer.upload(two_clusters(40)).json()["id"], profile="tiny"
        ).json()["id"]
        customer.ended(model)
        customer.predict(model, two_clusters(7)[:, 1:])
        folder = ["--data", str(data)]
        shown = mlaas("models", *folder).stdout
        assert model in shown
        assert "mlp" in shown
        assert {"cpu", "cuda"} & set(shown.split())  # where it was trained
        served = customer.post("/v1/models", json={"from": model, "profile": "tiny_watched"}).json()["id"]
        with sqlite3.connect(data / "mlaas.sqlite") as database:
            choice = {"epsilon": 3.14159, "parameters": {"differential_privacy": {"delta": 1e-5}}}
            database.execute("UPDATE model SET choice = ? WHERE id = ?", [json.dumps(choice), model])
        rows = [line for line in mlaas("models", *folder).stdout.splitlines() if model in line]
        assert [served in line for line in rows] == [False, True]
        assert ["3.14 at delta 1e-05" in line for line in rows] == [True, False]
        usage = mlaas("usage", *folder).stdout
        assert [word for word in usage.split() if word.isdigit()] == ["1", "7"]
        assert model in mlaas("queries", *folder).stdout
        assert mlaas("queries", "--csv", *folder).stdout.splitlines()[1].split(",")[3:5] == [model, "7"]
        created = mlaas("accounts", "create", "--admin", *folder).stdout.split()
        with Customer(url, created[3]) as operator:
            rows = operator.get("/v1/queries").json()["items"]
            assert [(row["model_id"], row["records"]) for row in rows] == [(model, 7)]
        mlaas("accounts", "revoke", created[1], *folder)
        with Customer(url, created[3]) as operator:
            assert operator.get("/v1/queries").status_code == 401
        assert created[1] in mlaas("accounts", "list", *folder).stdout


def test_profiles_are_listed_with_what_they_hide() -> None:
    shown = mlaas("profiles").stdout
    for name in (
        "google",
        "amazon",
        "neural_network",
        "neural_network_sgd",
        "max_passes",
        "logistic_regression",
        "quota 200000",
        "detect",
    ):
        assert name in shown


def test_a_profiles_defences_are_listed_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'extends = "neural_network"\ntraining_defences = { l2 = 1e-3 }\n'
        '[[defences]]\ndefence = "top_k"\nparameters = { k = 3 }\n'
        '[[defences]]\ndefence = "top_k"\nparameters = { k = 1 }\n'
    )
    shown = typed(main, "profiles", "--profiles", tmp_path, COLUMNS="300").stdout
    [line] = [line for line in shown.splitlines() if " mine " in line]
    assert "l2 0.001" in line
    assert "top_k k 3, then top_k k 1" in line


TYPOS = {
    "a command": (["serv"], "serve"),
    "an option": (["serve", "--prot", "1"], "--port"),
    "a value": (["serve", "--port", "http"], "integer"),
    "a folder": (["usage", "--data", "/nowhere"], "--data"),
    "an account": (["accounts", "revok"], "revoke"),
    "a folder of profiles": (["serve", "--profiles", "/nowhere"], "/nowhere"),
    "an executor": (["work", "--executor", "proces:2"], "process:N"),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_answered_by_a_helpful_line(typo: str, tmp_path: Path) -> None:
    arguments, help_wanted = TYPOS[typo]
    if arguments[0] in ("work", "serve") and "--data" not in arguments:
        arguments = [*arguments, "--data", str(tmp_path)]
    done = mlaas(*arguments)
    assert done.returncode in (1, 2)
    assert help_wanted in done.stderr
    assert "Traceback" not in done.stderr


def test_a_profile_with_a_mistake_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('summary = "x"\ncandidates = [{ model_type = "mpl" }]\n')
    done = mlaas("serve", "--port", "0", "--data", str(tmp_path / "d"), "--profiles", str(tmp_path))
    assert done.returncode == 1
    assert "mine.toml" in done.stderr
    assert "mlp" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_gpu_that_is_not_there_is_missed_at_the_start(command: str, tmp_path: Path) -> None:
    hidden = {"MLAAS_DEVICE": "cuda", "CUDA_VISIBLE_DEVICES": ""}
    done = typed(main, command, "--data", tmp_path, COLUMNS="200", **hidden)
    assert done.returncode == 1
    assert "set MLAAS_DEVICE to cpu or auto" in done.stderr


def test_a_device_of_another_name_is_refused_with_those_there_are(tmp_path: Path) -> None:
    done = typed(main, "work", "--data", tmp_path, MLAAS_DEVICE="gpu")
    assert done.returncode == 1
    assert "'auto', 'cpu' or 'cuda'" in done.stderr


def test_help_loads_no_heavy_library() -> None:
    heavy = ("torch", "sklearn", "fastapi", "sqlalchemy", "numpy")
    code = "import sys, services.mlaas.cli.program; print([m for m in sys.argv[1:] if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_committed_openapi_is_the_live_one(provider_url: str) -> None:
    committed = json.loads((Path(__file__).parents[2] / "services/mlaas/openapi.json").read_text())
    with Customer(provider_url) as customer:
        assert customer.get("/openapi.json").json() == committed
