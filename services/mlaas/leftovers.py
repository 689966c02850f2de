"""What killed processes and deleted models left behind: a day old and named by no row, it is deleted."""

import logging
import shutil
import time
from contextlib import suppress

from services.database import Database
from services.mlaas import artifacts
from services.mlaas.datasets import repository as datasets
from services.mlaas.datasets.records import name_of
from services.mlaas.models import repository as models
from services.mlaas.storage import Storage

# What is being written has no row yet: weights have one when the training has ended, hours later at the most.
OLD_S = 86_400.0

log = logging.getLogger(__name__)


def sweep(storage: Storage, database: Database) -> None:
    """Raises DatabaseAway; what cannot be deleted now is tried again another day."""
    try:
        delete_leftovers(storage, database, time.time() - OLD_S)
    except OSError as error:
        log.error("leftovers cannot be deleted: %s", error)


def delete_leftovers(storage: Storage, database: Database, before: float) -> None:
    found = storage.names("artifacts") | storage.names("datasets")
    with database.read() as session:  # after the look: what is named meanwhile was not found
        named = {artifacts.name_of(sha256) for sha256 in models.artifacts(session)}
        named |= {name_of(dataset_id) for dataset_id in datasets.ids(session)}
    for name in sorted(found - named):
        with suppress(FileNotFoundError):  # others sweep, too
            if storage.written_at(name) < before:
                storage.delete(name)
                log.info("%s belongs to nothing and is deleted", name)
    for upload in storage.scratch.iterdir():
        with suppress(FileNotFoundError):
            if upload.stat().st_mtime < before:
                shutil.rmtree(upload, ignore_errors=True)
