"""What the adversary holds: answers of models to labelled records, and its own shadows' membership. No more.

Membership of the candidates is in none of these types, so no attack can be given it by mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Answers:
    """What one model answered to N records of known class.

    `labels` (N,) int64 indexes the classes; `probabilities` (N, K) float64 is the confidence vector, a column
    a class (one-hot where only labels are given). Rows are made contiguous, so that sums over one are the
    same in any company.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", np.ascontiguousarray(self.labels, np.int64))
        object.__setattr__(self, "probabilities", np.ascontiguousarray(self.probabilities, np.float64))
        if self.probabilities.ndim != 2 or self.labels.shape != self.probabilities.shape[:1]:
            raise ValueError(
                f"{self.labels.shape} labels do not fit {self.probabilities.shape} probabilities."
            )
        if self.labels.size and not 0 <= self.labels.min() <= self.labels.max() < self.probabilities.shape[1]:
            raise ValueError(f"Labels must index the {self.probabilities.shape[1]} columns of the answers.")
        if not np.isfinite(self.probabilities).all():
            raise ValueError("Probabilities must be finite.")

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class ShadowAnswers(Answers):
    """One shadow model's answers to its own training set ("in") and test set ("out"): `member` (N,) bool."""

    member: NDArray[np.bool_]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "member", np.ascontiguousarray(self.member, np.bool_))
        if self.member.shape != self.labels.shape:
            raise ValueError(f"{self.member.shape} memberships do not fit {self.labels.shape} labels.")


class AdversaryView(Protocol):
    """What an attack learns from: the classes' names and the shadows' answers, read one shadow at a time."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def shadows(self) -> Sequence[ShadowAnswers]: ...
