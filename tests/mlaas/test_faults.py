"""Killed processes: what was answered is logged, what was queued is trained, and the counts are exact."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import numpy as np
from live import NPY, Customer, eventually, npy, provider, sums_of_the_log, two_clusters

from services.demo import free_ports, wait_for_url


def started(data: Path, port: int, profiles: str) -> "subprocess.Popen[bytes]":
    data.mkdir(exist_ok=True)
    (data / "url").unlink(missing_ok=True)
    command = [sys.executable, "-m", "services.mlaas", "serve", "--data", str(data), "--port", str(port)]
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", "--profiles", profiles], stdout=log, stderr=log
        )
    wait_for_url(process, data)
    return process


def test_every_answer_before_a_kill_is_in_the_ledger(tmp_path: Path, profiles_folder: str) -> None:
    """kill -9 under load, restart: answered implies logged, and usage equals the sum of the log."""
    data, [port] = tmp_path / "provider", free_ports(1)
    process = started(data, port, profiles_folder)
    url = f"http://127.0.0.1:{port}"
    with Customer(url) as owner:
        model = owner.train(dataset_id=owner.upload(two_clusters(40)).json()["id"], profile="tiny").json()[
            "id"
        ]
        owner.ended(model)
        path, body = f"/v1/models/{model}/predict", npy(np.zeros((3, 6), "u1"))
        answered: list[str] = []
        enough = threading.Event()

        def ask() -> None:
            headers = {**owner.headers, "Content-Type": NPY}
            with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
                try:
                    while True:
                        answer = client.post(path, content=body)
                        assert answer.status_code == 200
                        answered.append(answer.headers["x-request-id"])
                        if len(answered) > 200:
                            enough.set()
                except httpx.TransportError:
                    return

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for thread in threads:
            thread.join()
        process = started(data, port, profiles_folder)
        usage = owner.usage(model)
        process.terminate()
        process.wait(30)
    with sqlite3.connect(data / "mlaas.sqlite") as database:
        logged = {row[0] for row in database.execute("SELECT request_id FROM query")}
    assert set(answered) <= logged
    assert [(model, usage["requests"], usage["records"])] == sums_of_the_log(data)


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
