"""Servers that others wrote, attacked end to end; what comes out is what the model in process gives.

Each is started in an environment of its own (`make` installs them, from tests/foreign/*.txt), on loopback.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from foreign_environment import commands_of, done, started
from live import npy
from parties import result
from stand_in_runs import attacker

from services.parties import free_ports

HERE = Path(__file__).parent
MEMBERS, FEATURES, CLASSES = 150, 24, 3
ATTACKS = ("--attacks", "gap,loss_threshold,calibrated", "--primary", "calibrated", "--shadows", 4)


def learned(folder: Path, environment: str) -> Path:
    """Records of which nobody can learn the labels but by heart, and a model that did."""
    rng = np.random.default_rng(5)
    records = np.unique(rng.integers(0, 2, (4 * MEMBERS + 200, FEATURES), dtype=np.uint8), axis=0)
    records = rng.permutation(records)[: 4 * MEMBERS]
    labels = (records[:, :3].sum(axis=1) + (rng.random(len(records)) < 0.4)) % CLASSES
    table = np.column_stack([labels, records]).astype(np.uint8)
    order = rng.permutation(2 * MEMBERS)
    np.save(folder / "members.npy", table[:MEMBERS])
    np.save(folder / "candidates.npy", table[: 2 * MEMBERS][order])
    np.save(folder / "truth.npy", order < MEMBERS)
    np.save(folder / "population.npy", table[2 * MEMBERS :])
    np.save(folder / "asked.npy", table[: 2 * MEMBERS][order])
    done(commands_of(environment), ["python", HERE / "learn.py", folder], folder)
    return folder


@pytest.fixture(scope="module")
def mlserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = learned(tmp_path_factory.mktemp("mlserver"), "mlserver")
    http, grpc, metrics = free_ports(3)
    settings = {"name": "forest", "implementation": "mlserver_sklearn.SKLearnModel"}
    settings |= {"parameters": {"uri": "./model.joblib"}}
    ports = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics}
    (folder / "models" / "model-settings.json").write_text(json.dumps(settings))
    (folder / "models" / "settings.json").write_text(json.dumps(ports | {"parallel_workers": 0}))
    url = f"http://127.0.0.1:{http}"
    with started(
        commands_of("mlserver"), ["mlserver", "start", "models"], folder, f"{url}/v2/models/forest/ready"
    ):
        yield folder, url


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = learned(tmp_path_factory.mktemp("mlflow"), "mlserver")
    done(commands_of("mlserver"), ["python", HERE / "mlflow_model.py", folder], folder)
    [port] = free_ports(1)
    command = ["mlflow", "models", "serve", "-m", "mlflow", "-h", "127.0.0.1", "-p", port]
    url = f"http://127.0.0.1:{port}"
    with started(commands_of("mlserver"), [*command, "--env-manager", "local"], folder, f"{url}/ping"):
        yield folder, url


@pytest.fixture(scope="module")
def kserve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = learned(tmp_path_factory.mktemp("kserve"), "kserve")
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = ["python", HERE / "kserve_model.py", folder, port]
    with started(commands_of("kserve"), command, folder, f"{url}/v2/models/forest/ready"):
        yield folder, url


@pytest.mark.parametrize(
    ("server", "dialect"),
    [
        ("mlserver", "open_inference"),
        ("mlflow", "instances:path=/invocations:send=inputs"),
        ("mlflow", "instances:path=/invocations:send=dataframe_split:rows=table"),
        ("kserve", "open_inference:encoding=binary"),
        ("kserve", "open_inference:encoding=json"),
        ("kserve", "instances"),
    ],
)
def test_an_attack_over_http_is_the_attack_in_process(
    request: pytest.FixtureRequest, provider_url: str, tmp_path: Path, server: str, dialect: str
) -> None:
    folder, url = request.getfixturevalue(server)
    run = tmp_path / "run"
    ended = attacker(
        *("audit", "--url", url, "--model", "forest", "--dialect", dialect, "--out", run),
        *("--candidates", folder / "candidates.npy", "--population", folder / "population.npy"),
        *("--truth", folder / "truth.npy", "--training-size", MEMBERS),
        *("--shadows-at", provider_url, "--shadow-profile", "tiny", *ATTACKS),
    )
    assert ended.returncode == 0, ended.stderr
    over_http = {one["name"]: one["auc"] for one in result(run)["attacks"]}
    in_process = {one["name"]: one["auc"] for one in again_in_process(run, folder, tmp_path)["attacks"]}
    assert over_http.keys() == in_process.keys()
    for name, found in over_http.items():
        assert found["low"] <= in_process[name]["value"] <= found["high"]
        assert found["value"] == pytest.approx(in_process[name]["value"], abs=1e-3)
    assert over_http["loss_threshold"]["low"] > 0.6, "the forest has learned its members by heart"


def again_in_process(run: Path, folder: Path, scratch: Path) -> dict[str, object]:
    """The run's attacks on the same model without a server between: its answers put into the transcript."""
    assert attacker("export", run).returncode == 0
    file = scratch / "in_process.npz"
    with zipfile.ZipFile(run / "transcript.npz") as told, zipfile.ZipFile(file, "w") as made:
        for name in told.namelist():
            answers = np.load(folder / "answers.npy")[None].astype(np.float32)
            made.writestr(name, npy(answers) if name == "targets.npy" else told.read(name))
    ended = attacker("attacks", file, "--attacks", ATTACKS[1], "--out", scratch / "again")
    assert ended.returncode == 0, ended.stderr
    return result(scratch / "again")


def test_the_default_profile_is_a_guess_that_is_said(
    mlserver: tuple[Path, str], provider_url: str, tmp_path: Path
) -> None:
    folder, url = mlserver
    ended = attacker(
        *("audit", "--url", url, "--model", "forest", "--dialect", "open_inference", "--shadows", 2),
        *("--candidates", folder / "candidates.npy", "--population", folder / "population.npy"),
        *("--training-size", MEMBERS, "--shadows-at", provider_url, "--attacks", "gap,loss_threshold"),
        *("--primary", "gap", "--out", tmp_path / "run"),
    )
    assert ended.returncode == 0, ended.stderr
    assert result(tmp_path / "run")["deployed"]["profile"] == "google"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "profile google" in page
    assert "a guess" in page
