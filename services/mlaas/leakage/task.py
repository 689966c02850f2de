"""One leakage report, as it is given to a training process: small, picklable, without web or database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas import artifacts
from services.mlaas.datasets.records import read_records
from services.mlaas.device import choose_device
from services.mlaas.model_type import TrainingData
from services.mlaas.precision import products_in
from services.mlaas.profile import Profile
from services.mlaas.settings import Precision, WantedDevice
from services.mlaas.storage import Storage


@dataclass(frozen=True)
class Rows:
    """Some rows of an upload (int32 numbers as bytes; None: all), and the names of its classes."""

    dataset_id: str
    rows: bytes | None
    classes: Sequence[str]

    def numbers(self, of: int) -> NDArray[np.int64]:
        if self.rows is None:
            return np.arange(of)
        return np.frombuffer(self.rows, np.int32).astype(np.int64)


@dataclass(frozen=True)
class ReportTask:
    """Assess the model of an artefact, trained by a profile on `training`, with records it never saw.

    `choice` is what was noted of the training; `profiles` are all that are on offer.
    """

    profile: Profile
    options: Mapping[str, float]
    profiles: Mapping[str, Profile]
    training: Rows
    held_out: Rows
    shape: tuple[int, ...] | None
    classes: Sequence[str]
    training_seed: int
    artifact: str
    guard: str | None
    choice: Mapping[str, Any]
    storage: Storage
    shadows: int
    seed: int
    device: WantedDevice
    precision: Precision


@dataclass(frozen=True)
class Finding:
    """The report's document, or what the owner must change to have one."""

    document: dict[str, Any] | None = None
    refusal: str | None = None

    def columns(self) -> dict[str, Any]:
        """What the report's row keeps of it."""
        return {"document": self.document}


def assess_model(task: ReportTask) -> Finding:
    # Here, as the attacker takes a second to load, and whoever hands out the work has no use for it.
    from services.mlaas.assessing.assessment import Subject, assess
    from services.mlaas.assessing.pool import TooFewRecords
    from services.mlaas.assessing.served import Recipe
    from services.mlaas.leakage.document import document

    try:
        training, rows, _ = known_records(task, task.training)
        held_out, _, unknown = known_records(task, task.held_out)
    except FileNotFoundError:
        return Finding(refusal="The records were deleted meanwhile; upload them and ask for another report.")
    subject = Subject(
        Recipe(task.profile, task.options, choose_device(task.device)),
        artifacts.load(task.storage, task.artifact),
        task.training_seed,
        None if task.guard is None else artifacts.load(task.storage, task.guard),
        training,
        held_out,
        tuple(task.classes),
    )
    try:
        with products_in(task.precision):
            assessment = assess(subject, task.profiles, task.shadows, task.seed)
    except TooFewRecords as error:
        return Finding(refusal=f"{error} Name a larger dataset as held_out, or train on more records.")
    scores = task.choice.get("scores") if task.profile.select == "accuracy_and_leakage" else None
    return Finding(document(assessment, task.profile.name, rows, unknown, scores or None))


def known_records(task: ReportTask, upload: Rows) -> tuple[TrainingData, NDArray[np.int64], int]:
    """Those of classes that the model knows, labelled so; their rows; how many there are besides."""
    features, labels = read_records(task.storage, upload.dataset_id)
    code = {name: index for index, name in enumerate(task.classes)}
    codes = np.array([code.get(name, -1) for name in upload.classes], np.int64)
    rows = upload.numbers(len(labels))
    known = codes[labels[rows]] >= 0
    kept = rows[known]
    records = TrainingData(np.array(features[kept]), codes[labels[kept]], len(task.classes), task.shape)
    return records, kept, int((~known).sum())
