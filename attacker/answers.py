"""What one model answered to labelled records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.moments import blocks

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Rows = NDArray[np.int64]
Signal = Callable[[Floats, Labels], Floats]


@dataclass(frozen=True, eq=False)
class Answers:
    """What one model answered to N records of known class.

    `labels` (N,) int64 indexes the classes; `probabilities` (N, K) float64 is the confidence vector, a column
    a class (one-hot where only labels are given). Rows are made contiguous, so that sums over one are the
    same in any company. `observed` has what probes saw around each record, (N, Q) under the probe's name.
    """

    labels: Labels
    probabilities: Floats
    observed: Mapping[str, NDArray[Any]] = field(default_factory=dict, kw_only=True)

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

    def take(self, rows: Rows) -> "Answers":
        observed = {name: seen[rows] for name, seen in self.observed.items()}
        return Answers(self.labels[rows], self.probabilities[rows], observed=observed)

    def signal(self, signal: Signal) -> Floats:
        """One of attacker/signals.py, (N,)."""
        return measured(signal, self.probabilities, self.labels)


def measured(signal: Signal, probabilities: NDArray[Any], labels: Labels) -> Floats:
    """The signal (N,) of answers (N, K), each record's by itself, in float64."""
    found = np.empty(len(labels))
    for rows in blocks(*probabilities.shape):
        found[rows] = signal(probabilities[rows].astype(np.float64), labels[rows])
    return found
