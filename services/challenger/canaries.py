"""Canaries: candidates with a wrong label, which a model can only know by heart.

A mislabelled record is among the easiest to tell a member by (Steinke, Nasr and Jagielski 2023 plant such
ones to audit a training), so it says more of the worst case than an average candidate.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Records


def plant(records: Records, rows: NDArray[np.int64], random: np.random.Generator) -> Records:
    """The records with another label at these rows, each of the other classes as likely."""
    labels, classes = records.labels.copy(), len(records.classes)
    labels[rows] = (labels[rows] + random.integers(1, classes, size=len(rows))) % classes
    return replace(records, labels=labels)
