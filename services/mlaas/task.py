"""One training, as it is given to a training process: small, picklable, without web or database."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.mlaas import artifacts
from services.mlaas.datasets.records import read_records
from services.mlaas.device import choose_device
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Profile
from services.mlaas.settings import WantedDevice
from services.mlaas.training import train


@dataclass(frozen=True)
class Task:
    """Train `profile` on `rows` (int32 row numbers as bytes; None: all) of the records in a folder.

    `shape` is what the owner declared of a record.
    """

    profile: Profile
    options: Mapping[str, float]
    records: Path
    rows: bytes | None
    shape: tuple[int, ...] | None
    seed: int
    artifacts: Path
    device: WantedDevice


@dataclass(frozen=True)
class Outcome:
    """Where the weights are, what was chosen, and the device it was trained on: for the operator alone."""

    artifact: str
    model_type: str
    choice: dict[str, Any]


def run(task: Task) -> Outcome:
    device = choose_device(task.device)
    trained = train(task.profile, task.options, training_data(task), task.seed, device)
    sha256 = artifacts.save(task.artifacts, trained.model)
    choice = {"parameters": trained.parameters, "scores": trained.scores, "device": device}
    return Outcome(sha256, trained.model_type, choice)


def training_data(task: Task) -> TrainingData:
    """The records to train on; labels are renumbered among the classes that occur."""
    features, labels = read_records(task.records)
    rows = slice(None) if task.rows is None else np.frombuffer(task.rows, np.int32)
    present, codes = np.unique(labels[rows], return_inverse=True)
    return TrainingData(np.array(features[rows]), codes.astype(np.int64), len(present), task.shape)
