"""What a unit costs, for the arithmetic of deploy/README.md: training, predictions, rows of the ledger.

    python -m benchmarks.capacity training
    python -m benchmarks.capacity predictions
    python -m benchmarks.capacity ledger [URL of an empty PostgreSQL database]

CPU seconds are those of the processes named; they do not depend on what else the machine does, as rates do.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from sqlalchemy import text

from benchmarks.speed.provider import random_records, trained
from services.database import Database
from services.mlaas.accounts.service import open_account
from services.mlaas.database import now_ms, open_database
from services.mlaas.datasets.tables import Dataset
from services.mlaas.ledger.charging import Charging, Entry, Waiting
from services.mlaas.ledger.clock import LogClock
from services.mlaas.models.tables import Model
from services.mlaas.predictions.admission import STILL_ADMITTED
from services.parties import server
from services.web.bodies import NPY, encode_npy

ROUNDS = 5
IMAGES, SIDE, EPOCHS = 5_000, 32, 2
# Of the model type `cnn` as it is by default, a forward pass of one image of 32 x 32 x 3.
MACS = 32 * 32 * 16 * 27 + 16 * 16 * 32 * 144 + 8 * 8 * 32 * 128 + 128 * 10


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["training", "predictions", "ledger"])
    parser.add_argument("database", nargs="?")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.what == "training":
            training()
        elif arguments.what == "predictions":
            predictions(Path(scratch))
        else:
            ledger(open_database(Path(scratch), arguments.database), Path(scratch))


def training() -> None:
    """CPU seconds of an epoch of a small CNN, on one core."""
    import torch

    from services.mlaas.model_type import TrainingData
    from services.mlaas.model_types.cnn import CNN

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (IMAGES, SIDE * SIDE * 3)).astype("f4") / 255
    data = TrainingData(images, rng.integers(0, 10, IMAGES), 10, (SIDE, SIDE, 3))

    def seconds(epochs: int) -> float:
        began = time.process_time()
        CNN(epochs=epochs).fit(data, np.random.default_rng(1))
        return time.process_time() - began

    epoch = statistics.median((seconds(1 + EPOCHS) - seconds(1)) / EPOCHS for _ in range(ROUNDS))
    flops = 2 * 3 * MACS * IMAGES / epoch  # a multiply-add is two, and backward costs two forwards
    print(f"cnn, {IMAGES} images of {SIDE}x{SIDE}x3: {epoch:.2f} CPU s an epoch, {flops / 1e9:.1f} GFLOP/s")
    print(f"{2 * 3 * MACS * IMAGES / 1e9:.0f} GFLOP an epoch")


def predictions(folder: Path) -> None:
    """CPU seconds of the API's process for a thousand records, by the size of the requests."""
    import httpx

    with server("services.mlaas", folder / "provider", 0, ["--workers", "1"]) as url:
        key, model = trained(url, 600, 100)
        process = serving(folder / "provider")
        headers = {"Authorization": f"Bearer {key}", "Content-Type": NPY}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            for records, requests in ((1, 1_000), (100, 200), (1_000, 100)):
                body = encode_npy(random_records(records, 600))

                def ask(requests: int = requests, body: bytes = body) -> None:
                    for _ in range(requests):
                        client.post(f"/v1/models/{model}/predict", content=body).raise_for_status()

                spent = statistics.median(cpu_seconds(process, ask) for _ in range(ROUNDS))
                each, thousand = spent / requests * 1e3, spent / requests / records * 1e3
                print(f"{records} a request: {each:.2f} CPU ms a request, {thousand:.4f} CPU s per 1,000")


def serving(data: Path) -> psutil.Process:
    named = (one for one in psutil.Process().children() if str(data) in one.cmdline())
    return next(named)


def cpu_seconds(process: psutil.Process, work: Callable[[], None]) -> float:
    before = process.cpu_times()
    work()
    after = process.cpu_times()
    return after.user + after.system - before.user - before.system


def ledger(database: Database, folder: Path) -> None:
    """Rows a second of one writer, by how many are committed together, and what a row takes on disk."""
    account, models = some_models(database)
    charging = Charging(STILL_ADMITTED, LogClock(None))
    loop = asyncio.new_event_loop()

    def settle(size: int) -> None:
        entries = [
            Entry(
                account,
                models[k % len(models)],
                1,
                f"{k:036}",
                "0" * 64,
                f"{now_ms()}-{os.urandom(6).hex()}",
            )
            for k in range(size)
        ]
        group = [Waiting(entry, loop.create_future()) for entry in entries]
        database.put(lambda connection: charging.settle(connection, group))
        assert all(one.outcome == 1 for one in group)

    for size, groups in ((1, 100), (16, 50), (128, 20), (1_000, 10)):
        rates = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(groups):
                settle(size)
            rates.append(size * groups / (time.perf_counter() - began))
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        print(f"groups of {size}: {statistics.median(rates):,.0f} rows/s ({spread})")
    print(f"{bytes_a_row(database, folder):.0f} bytes a row on disk, with its indexes")
    loop.close()
    database.dispose()


def some_models(database: Database) -> tuple[str, list[str]]:
    """An account and ten models of it, ready to be asked."""
    names = [f"m-{number:012}" for number in range(10)]
    with database.write() as session:
        account, _ = open_account(session)
        session.flush()
        common = {"account_id": account.id, "features": 1, "classes": [], "created_at": 0}
        session.add(Dataset(id="d-1", name="", sha256="", read_as="", rows=1, bytes=1, **common))
        session.flush()
        recipe = {"profile": "", "options": {}, "training_rows": 1, "holdout": 0.0, "seed": 0}
        session.add_all(
            Model(id=name, dataset_id="d-1", request_sha256="", **recipe, **common) for name in names
        )
    return account.id, names


def bytes_a_row(database: Database, folder: Path) -> float:
    with database.readers.connect() as connection:
        [(rows,)] = connection.execute(text("SELECT count(*) FROM query"))
        if connection.dialect.name == "postgresql":
            [(size,)] = connection.execute(text("SELECT pg_total_relation_size('query')"))
        else:
            pages = text("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%query%'")
            [(size,)] = connection.execute(pages)
    return float(size / rows)


if __name__ == "__main__":
    main()
