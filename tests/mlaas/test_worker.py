"""What a worker does with trainings that it cannot do, and when nobody holds its standard input any more."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from live import Customer, provider, two_clusters


def test_a_worker_that_lacks_a_profile_fails_that_training_and_does_the_next(
    tmp_path: Path, profiles_folder: str
) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "0", "--profiles", profiles_folder) as url, Customer(url) as owner:
        dataset = owner.upload(two_clusters(40)).json()["id"]
        models = [owner.train(dataset_id=dataset, profile=name).json()["id"] for name in ("tiny", "amazon")]
        arguments = ["work", "--executor", "inline", "--data", str(data), "--until-stdin-closes"]
        worker = subprocess.Popen([sys.executable, "-m", "services.mlaas", *arguments], stdin=subprocess.PIPE)
        try:
            assert [owner.ended(model)["state"] for model in models] == ["failed", "ready"]
            worker.communicate(timeout=60)
            assert worker.returncode == 0
        finally:
            worker.kill()
            worker.wait()


def test_a_training_that_cannot_be_begun_fails_alone(tmp_path: Path, profiles_folder: str) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "0", "--profiles", profiles_folder) as url, Customer(url) as owner:
        datasets = [owner.upload(two_clusters(40, seed=seed)).json()["id"] for seed in range(2)]
        models = [owner.train(dataset_id=dataset, profile="tiny").json()["id"] for dataset in datasets]
        with closing(sqlite3.connect(data / "mlaas.sqlite")) as database, database:
            database.execute("UPDATE dataset SET shape = '[NaN]' WHERE id = ?", [datasets[0]])
        arguments = ["work", "--executor", "inline", "--data", str(data), "--profiles", profiles_folder]
        command = [sys.executable, "-m", "services.mlaas", *arguments, "--until-stdin-closes"]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            assert owner.ended(models[1])["state"] == "ready"
            worker.communicate(timeout=60)
            assert worker.returncode == 0
        finally:
            worker.kill()
            worker.wait()
        with closing(sqlite3.connect(data / "mlaas.sqlite")) as database:
            [(state,)] = database.execute("SELECT state FROM model WHERE id = ?", [models[0]])
        assert state == "failed"
