"""What a probe is: questions around each record, of which it keeps no more than what it wants to know."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Format

Ask = Callable[[NDArray[Any]], NDArray[np.int64]]  # records (M, D) -> the labels (M,) a model gives them


class Probe(ABC):
    """Asks a model about neighbours of records, for labels only. What it asks depends on the record alone."""

    name: str  # with all that it depends on: what was observed is kept under it
    queries: int  # the most that one record takes

    @abstractmethod
    def observe(
        self, ask: Ask, features: NDArray[Any], labels: NDArray[np.int64], form: Format
    ) -> NDArray[Any]:
        """What is seen around records (N, D) of these labels (N,), as (N, Q); asks in few large batches."""
