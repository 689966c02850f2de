"""One training, as it is given to a training process: small, picklable, without web or database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.mlaas import artifacts
from services.mlaas.datasets.records import read_records
from services.mlaas.device import choose_device
from services.mlaas.guarding import fit_guard
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.precision import products_in
from services.mlaas.profile import Profile
from services.mlaas.settings import Precision, WantedDevice
from services.mlaas.storage import Storage
from services.mlaas.training import train


@dataclass(frozen=True)
class Task:
    """Train `profile` on `rows` (int32 row numbers as bytes; None: all) of a dataset in storage.

    `shape` is what the owner declared of a record. `trained` is the artefact of a model that was trained so
    already: then there is only a guard to fit.
    """

    profile: Profile
    options: Mapping[str, float]
    storage: Storage
    dataset_id: str
    rows: bytes | None
    shape: tuple[int, ...] | None
    seed: int
    device: WantedDevice
    precision: Precision
    trained: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Where the weights are, what was chosen, the device and the precision of the training; the guard of the
    defences, if they have one. None: as it was. All for the operator alone.
    """

    artifact: str | None = None
    model_type: str | None = None
    choice: dict[str, Any] | None = None
    guard: str | None = None

    def columns(self) -> dict[str, Any]:
        """What the model's row keeps of it."""
        return {name: value for name, value in vars(self).items() if value is not None}


def run(task: Task) -> Outcome:
    device, data = choose_device(task.device), training_data(task)
    with products_in(task.precision):
        outcome = Outcome() if task.trained else train_model(task, data, device)
        guard = fit_guard(task.profile, task.options, data, task.seed, device)
    return replace(outcome, guard=None if guard is None else artifacts.save(task.storage, guard))


def train_model(task: Task, data: TrainingData, device: Device) -> Outcome:
    trained = train(task.profile, task.options, data, task.seed, device)
    sha256 = artifacts.save(task.storage, trained.model)
    choice = {
        "parameters": trained.parameters,
        "scores": trained.scores,
        "epsilon": trained.epsilon,
        "device": device,
        "precision": task.precision,
    }
    return Outcome(sha256, trained.model_type, choice)


def training_data(task: Task) -> TrainingData:
    """The records to train on; labels are renumbered among the classes that occur."""
    features, labels = read_records(task.storage, task.dataset_id)
    rows = slice(None) if task.rows is None else np.frombuffer(task.rows, np.int32)
    present, codes = np.unique(labels[rows], return_inverse=True)
    return TrainingData(np.array(features[rows]), codes.astype(np.int64), len(present), task.shape)
