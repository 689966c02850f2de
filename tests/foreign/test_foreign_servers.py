"""Servers that others wrote, attacked end to end; what comes out is what the model in process gives.

Each is started in an environment of its own (`make` installs them, from tests/foreign/*.txt), on loopback.
"""

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from live import eventually, npy
from parties import result
from stand_in_runs import attacker

from services.parties import free_ports

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-foreign"
MEMBERS, FEATURES, CLASSES = 150, 24, 3
ATTACKS = ("--attacks", "gap,loss_threshold,calibrated", "--primary", "calibrated", "--shadows", 4)
STARTING_S = 120


def program(environment: str, name: str) -> str:
    return str(ENVIRONMENTS / environment / "bin" / name)


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
    subprocess.run(
        [program(environment, "python"), HERE / "learn.py", folder], check=True, timeout=STARTING_S
    )
    return folder


@contextmanager
def started(environment: str, command: list[object], folder: Path, ready: str) -> Iterator[None]:
    """A server in a process group of its own, once `ready` answers; ended whatever happens."""
    path = f"{ENVIRONMENTS / environment / 'bin'}:{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdout=log, stderr=log,
            env={**clean, "PATH": path}, start_new_session=True,
        )  # fmt: skip
    try:
        eventually(lambda: process.poll() is not None or answers(ready), STARTING_S)
        assert process.poll() is None, (folder / "log").read_text()[-2_000:]
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


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
    with started("mlserver", ["mlserver", "start", "models"], folder, f"{url}/v2/models/forest/ready"):
        yield folder, url


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = learned(tmp_path_factory.mktemp("mlflow"), "mlserver")
    python = program("mlserver", "python")
    subprocess.run([python, HERE / "mlflow_model.py", folder], check=True, timeout=STARTING_S)
    [port] = free_ports(1)
    command = ["mlflow", "models", "serve", "-m", "mlflow", "-h", "127.0.0.1", "-p", port]
    url = f"http://127.0.0.1:{port}"
    with started("mlserver", [*command, "--env-manager", "local"], folder, f"{url}/ping"):
        yield folder, url


@pytest.fixture(scope="module")
def kserve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = learned(tmp_path_factory.mktemp("kserve"), "kserve")
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = ["python", HERE / "kserve_model.py", folder, port]
    with started("kserve", command, folder, f"{url}/v2/models/forest/ready"):
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
    done = attacker(
        *("audit", "--url", url, "--model", "forest", "--dialect", dialect, "--out", run),
        *("--candidates", folder / "candidates.npy", "--population", folder / "population.npy"),
        *("--truth", folder / "truth.npy", "--training-size", MEMBERS),
        *("--shadows-at", provider_url, "--shadow-profile", "tiny", *ATTACKS),
    )
    assert done.returncode == 0, done.stderr
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
    done = attacker("attacks", file, "--attacks", ATTACKS[1], "--out", scratch / "again")
    assert done.returncode == 0, done.stderr
    return result(scratch / "again")


def test_the_default_profile_is_a_guess_that_is_said(
    mlserver: tuple[Path, str], provider_url: str, tmp_path: Path
) -> None:
    folder, url = mlserver
    done = attacker(
        *("audit", "--url", url, "--model", "forest", "--dialect", "open_inference", "--shadows", 2),
        *("--candidates", folder / "candidates.npy", "--population", folder / "population.npy"),
        *("--training-size", MEMBERS, "--shadows-at", provider_url, "--attacks", "gap,loss_threshold"),
        *("--primary", "gap", "--out", tmp_path / "run"),
    )
    assert done.returncode == 0, done.stderr
    assert result(tmp_path / "run")["deployed"]["profile"] == "google"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "profile google" in page
    assert "a guess" in page
