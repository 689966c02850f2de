"""What belongs to nothing is deleted once it is old, and nothing else."""

import os
import time
from pathlib import Path
from typing import Any

from services.mlaas.accounts.tables import Account
from services.mlaas.database import open_database
from services.mlaas.datasets.tables import Dataset
from services.mlaas.leftovers import OLD_S, sweep
from services.mlaas.models.tables import Model
from services.mlaas.storage import Folder

DATASET: dict[str, Any] = {
    "account_id": "a",
    "name": "",
    "sha256": "",
    "read_as": "",
    "rows": 2,
    "features": 1,
    "classes": ["0", "1"],
    "bytes": 1,
    "created_at": 1,
}
MODEL: dict[str, Any] = {
    "account_id": "a",
    "dataset_id": "d-kept",
    "request_sha256": "",
    "profile": "tiny",
    "options": {},
    "training_rows": 2,
    "holdout": 0.0,
    "seed": 1,
    "features": 1,
    "classes": ["0", "1"],
    "created_at": 1,
}
KEPT = {"artifacts/ready", "artifacts/guard", "datasets/d-kept", "artifacts/just-written"}
GONE = {
    "artifacts/unnamed",
    "artifacts/.partial",
    "artifacts/deleted",
    "datasets/d-deleted",
    "datasets/d-unnamed",
}


def test_what_belongs_to_nothing_goes_when_it_is_old(tmp_path: Path) -> None:
    storage, database = Folder(tmp_path), open_database(tmp_path)
    with database.write() as session:
        session.add(Account(id="a", key_sha256="", created_at=1))
        session.flush()
        session.add(Dataset(id="d-kept", **DATASET))
        session.add(Dataset(id="d-deleted", deleted_at=1, **DATASET))
        session.flush()
        session.add(Model(id="m-ready", artifact="ready", guard="guard", **MODEL))
        session.add(Model(id="m-deleted", artifact="deleted", deleted_at=1, **MODEL))
    for name in KEPT | GONE | {"uploads/tmp1"}:
        storage.write(f"{name}/labels.npy" if name.startswith(("datasets", "uploads")) else name, b"1")
        if name != "artifacts/just-written":
            os.utime(tmp_path / name, (time.time() - 2 * OLD_S,) * 2)
    sweep(storage, database)
    assert storage.names("artifacts") | storage.names("datasets") == KEPT
    assert not list(storage.scratch.iterdir())
    database.dispose()
