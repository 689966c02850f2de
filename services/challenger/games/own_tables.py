"""The tables that an owner brought, put together; whole, that is who is which, until they are divided."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Records
from services.challenger.errors import WrongShape
from services.challenger.split import Brought
from services.challenger.uploads.folder import Uploads
from services.web.problem import BadData

Table = NDArray[Any]


@dataclass(frozen=True, eq=False)
class OwnTables:
    """What an owner brought: `records`, members first, then others, then the population; who is which.

    `answers` (M, K) of a deployed target are about the members and the others.
    """

    records: Records
    members: int
    others: int
    answers: Table | None

    @property
    def brought(self) -> Brought:
        return Brought.of(self.records.features, self.members, self.others)


def uploads_of(own: dict[str, Any]) -> list[str]:
    """The ids of all that came in for it."""
    return [
        upload_id
        for part in (own["records"], own["answered"] or {})
        for upload_id in part.values()
        if upload_id
    ]


def tables_of(uploads: Uploads, own: dict[str, Any]) -> OwnTables:
    """Raises UnknownUpload, WrongShape and BadData."""
    named, classes = own["records"], own["description"]["classes"]
    parts = [uploads.load(named[part]) for part in ("members", "non_members", "population") if named[part]]
    width = 1 + len(own["description"]["features"])
    for table in parts:
        if table.shape[1] != width:
            raise WrongShape(f"A record here has {width} columns, the label first; {table.shape[1]} came.")
    whole = np.concatenate(parts)
    labels = whole[:, 0].astype(np.int64)
    if (labels != whole[:, 0]).any() or labels.min() < 0 or labels.max() >= len(classes):
        raise BadData("Column 0 of the records is the label: the place of their class, counted from 0.")
    members, others = len(parts[0]), len(parts[1])
    answers = answers_of(uploads, own, (members, others), len(classes))
    features = whole[:, 1:] + 0  # without negative zeros, which would be another content
    return OwnTables(
        Records(np.ascontiguousarray(features), labels, tuple(classes)), members, others, answers
    )


def answers_of(uploads: Uploads, own: dict[str, Any], sizes: tuple[int, int], classes: int) -> Table | None:
    """Raises UnknownUpload, WrongShape and BadData."""
    if own["answered"] is None:
        return None
    parts = [uploads.load(own["answered"][part]) for part in ("members", "non_members")]
    for table, size in zip(parts, sizes, strict=True):
        if table.shape != (size, classes):
            raise WrongShape(f"The target answers {size} records with {classes} numbers each.")
    answers = np.concatenate(parts)
    if answers.min() < 0 or answers.max() > 1:
        raise BadData("What the target answers are probabilities, from 0 to 1.")
    return answers
