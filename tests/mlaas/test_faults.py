"""Killed processes: what was answered is logged, what was queued is trained, and the counts are exact."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from live import NPY, Customer, eventually, npy, provider, sums_of_the_log, two_clusters

from services.parties import free_ports, wait_for_url


@contextmanager
def started(data: Path, port: int, profiles: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A provider that may be killed; after the block it has ended."""
    data.mkdir(exist_ok=True)
    (data / "url").unlink(missing_ok=True)
    command = [sys.executable, "-m", "services.mlaas", "serve", "--data", str(data), "--port", str(port)]
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", "--profiles", profiles], stdout=log, stderr=log
        )
    try:
        wait_for_url(process, data)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def test_every_answer_before_a_kill_is_in_the_ledger(tmp_path: Path, profiles_folder: str) -> None:
    """kill -9 under load, restart: answered implies logged, and usage equals the sum of the log."""
    data, [port] = tmp_path / "provider", free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with started(data, port, profiles_folder) as process, Customer(url) as owner:
        dataset = owner.upload(two_clusters(40)).json()["id"]
        model = owner.train(dataset_id=dataset, profile="tiny").json()["id"]
        assert owner.ended(model)["state"] == "ready"
        answered = answered_until_killed(process, url, owner.key, model)
    with started(data, port, profiles_folder), Customer(url, owner.key) as again:
        usage = again.usage(model)
    with sqlite3.connect(data / "mlaas.sqlite") as database:
        logged = {row[0] for row in database.execute("SELECT request_id FROM query")}
    assert set(answered) <= logged
    assert [(model, usage["requests"], usage["records"])] == sums_of_the_log(data)


def answered_until_killed(process: "subprocess.Popen[bytes]", url: str, key: str, model: str) -> list[str]:
    """The ids of the requests that four clients had answered before the server was killed."""
    path, body = f"/v1/models/{model}/predict", npy(np.zeros((3, 6), "u1"))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": NPY}
    answered: list[str] = []

    def ask() -> None:
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.Client(base_url=url, headers=headers, timeout=30) as client,
        ):
            for _ in range(100_000):
                answer = client.post(path, content=body)
                assert answer.status_code == 200
                answered.append(answer.headers["x-request-id"])

    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(ask) for _ in range(4)]
        try:
            eventually(lambda: len(answered) > 200)
        finally:
            os.kill(process.pid, signal.SIGKILL)
        for one in asking:
            one.result()
    return answered


def test_a_training_whose_process_is_killed_is_begun_again(tmp_path: Path, profiles_folder: str) -> None:
    with (
        provider(tmp_path / "p", "--workers", "1", "--profiles", profiles_folder) as url,
        Customer(url) as owner,
    ):
        dataset = owner.upload(two_clusters(40)).json()["id"]
        model = owner.train(dataset_id=dataset, profile="slow").json()["id"]
        [trainer] = eventually(lambda: training_processes(tmp_path / "p"))
        eventually(lambda: owner.get(f"/v1/models/{model}").json()["state"] == "training")
        os.kill(trainer, signal.SIGKILL)
        assert owner.ended(model)["state"] == "ready"
    with sqlite3.connect(tmp_path / "p" / "mlaas.sqlite") as database:
        assert database.execute("SELECT attempt, ended FROM job").fetchall() == [(2, 1)]
    assert len(list((tmp_path / "p" / "artifacts").iterdir())) == 1


def training_processes(data: Path) -> list[int]:
    """Children of the provider's `work` process that were spawned to train."""
    found = subprocess.run(
        ["ps", "-eww", "-o", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    lines = [re.match(r"\s*(\d+)\s+(\d+)\s+(.*)", line) for line in found.splitlines()[1:]]
    table = [(int(m[1]), int(m[2]), m[3]) for m in lines if m]
    workers = {pid for pid, _, args in table if f"work --until-stdin-closes --data {data}" in args}
    return [pid for pid, parent, args in table if parent in workers and "spawn_main" in args]


def test_a_worker_that_lacks_a_profile_fails_that_training_and_does_the_next(
    tmp_path: Path, profiles_folder: str
) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "0", "--profiles", profiles_folder) as url, Customer(url) as owner:
        dataset = owner.upload(two_clusters(40)).json()["id"]
        models = [owner.train(dataset_id=dataset, profile=name).json()["id"] for name in ("tiny", "amazon")]
        command = [
            sys.executable,
            "-m",
            "services.mlaas",
            "work",
            "--executor",
            "inline",
            "--data",
            str(data),
        ]
        worker = subprocess.Popen([*command, "--until-stdin-closes"], stdin=subprocess.PIPE)
        try:
            assert [owner.ended(model)["state"] for model in models] == ["failed", "ready"]
        finally:
            worker.kill()
            worker.communicate(timeout=30)


def test_a_training_process_killed_while_idle_is_replaced(tmp_path: Path, profiles_folder: str) -> None:
    with (
        provider(tmp_path / "p", "--workers", "1", "--profiles", profiles_folder) as url,
        Customer(url) as owner,
    ):
        dataset = owner.upload(two_clusters(40)).json()["id"]
        first = owner.train(dataset_id=dataset, profile="tiny").json()["id"]
        assert owner.ended(first)["state"] == "ready"
        [idle] = training_processes(tmp_path / "p")
        os.kill(idle, signal.SIGKILL)
        second = owner.train(dataset_id=dataset, profile="tiny").json()["id"]
        assert owner.ended(second)["state"] == "ready"
