"""Judges what every account asked of every model whose queries are watched."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.database import Database
from services.mlaas.datasets.records import read_records
from services.mlaas.ledger import repository
from services.mlaas.ledger.sketch import WIDTH, Sketches, sketcher
from services.mlaas.ledger.suspicion import Ordinary, Suspicion, judged
from services.mlaas.models import repository as models
from services.mlaas.models.tables import Model
from services.mlaas.storage import Storage

MOST_COMPARED = 5_000  # training records


@dataclass(frozen=True)
class Watched:
    """One account and one model; `suspicion` is None where the training records are no longer here."""

    account_id: str
    model_id: str
    requests: int
    records: int
    suspicion: Suspicion | None


def watched(database: Database, storage: Storage) -> Iterator[Watched]:
    """Every account that asked a watched model, model by model."""
    with database.read() as session:
        pairs = repository.watched_pairs(session)
    ordinary: dict[str, Ordinary | None] = {}
    for account_id, model_id in pairs:
        with database.read() as session:
            rows = repository.sketches(session, account_id, model_id)
            model = models.with_rows(session, model_id)
        if model_id not in ordinary:
            ordinary = {model_id: ordinary_records(model, storage)}
        requests = [read(sketch) for _, sketch in rows]
        records = [count for count, _ in rows]
        measure = ordinary[model_id]
        suspicion = None if measure is None else judged(requests, records, measure)
        yield Watched(account_id, model_id, len(rows), sum(records), suspicion)


def ordinary_records(model: Model, storage: Storage) -> Ordinary | None:
    """From some of the model's training records; of its dataset's, where their list went with the model."""
    try:
        features, labels = read_records(storage, model.dataset_id)
    except FileNotFoundError:
        return None
    rows = np.arange(len(labels)) if model.rows is None else np.frombuffer(model.rows, np.int32)
    if len(rows) > MOST_COMPARED:
        rows = np.sort(np.random.default_rng(model.seed).choice(rows, MOST_COMPARED, replace=False))
    return Ordinary.of(sketcher(model.seed, model.features).of(features[rows]), labels[rows])


def read(sketch: bytes) -> Sketches:
    return np.frombuffer(sketch, np.int8).reshape(-1, WIDTH)
