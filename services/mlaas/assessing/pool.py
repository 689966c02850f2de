"""The records that a model is judged on, and which of them each of its shadow models is to learn."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.fingerprint import fingerprint
from services.mlaas.model_type import TrainingData

FEWEST = 10  # distinct records of either kind, below which nothing can be told
MOST_FOLDS = 5  # of which one is left out: of more, every shadow would learn nearly all
FEWEST_PARTITIONS = 2  # so that a record that a shadow never saw is unknown to another shadow, too

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


class TooFewRecords(ValueError):
    """The message says of which kind, and what is needed."""


@dataclass(frozen=True, eq=False)
class Pool:
    """P distinct records: those that the target learned, then as many others, or what there are.

    rows: (P,) their numbers, among the training records or among the held-out ones.
    """

    records: TrainingData
    member: Bools
    rows: Rows

    @classmethod
    def of(cls, training: TrainingData, held_out: TrainingData, rng: np.random.Generator) -> Self:
        """A held-out record that is also a training record, whatever its label, is none; TooFewRecords."""
        marks = fingerprint(training.features), fingerprint(held_out.features)
        first, others = ({mark: row for row, mark in reversed(list(enumerate(kind)))} for kind in marks)
        members = np.sort(np.fromiter(first.values(), np.int64))
        unseen = np.array(sorted(row for mark, row in others.items() if mark not in first), np.int64)
        unseen = np.sort(rng.permutation(unseen)[: len(members)])
        for kind, rows in (("that it was trained on", members), ("that the model never saw", unseen)):
            if len(rows) < FEWEST:
                raise TooFewRecords(
                    f"There are {len(rows)} different records {kind}, and {FEWEST} are needed."
                )
        records = TrainingData(
            np.concatenate([training.features[members], held_out.features[unseen]]),
            np.concatenate([training.labels[members], held_out.labels[unseen]]),
            training.classes,
            training.shape,
        )
        return cls(records, np.arange(len(records.labels)) < len(members), np.concatenate([members, unseen]))

    def __len__(self) -> int:
        return len(self.rows)

    def candidates(self, most: int, rng: np.random.Generator) -> Rows:
        """At most so many of either kind, drawn: those that the models are asked about."""
        kinds = (np.flatnonzero(self.member == kind) for kind in (True, False))
        return np.sort(np.concatenate([rng.permutation(rows)[:most] for rows in kinds]))

    @property
    def folds(self) -> int:
        """Of which a shadow leaves one out, to learn as nearly as many records as the target did."""
        share = float(self.member.mean())
        return min(range(2, MOST_FOLDS + 1), key=lambda folds: abs(1 - 1 / folds - share))


def partitions(records: int, folds: int, shadows: int, rng: np.random.Generator) -> Bools:
    """Which records each shadow learns, (S, P): all but a fold of a partition, each fold in its turn.

    About so many shadows, in whole partitions, so that every record is unknown to as many of them. With two
    folds they are pairs of halves (Carlini et al. 2022).
    """
    count = max(FEWEST_PARTITIONS, round(shadows / folds))
    drawn = (rng.permutation(np.arange(records) % folds) for _ in range(count))
    return np.stack([partition != left_out for partition in drawn for left_out in range(folds)])
