"""What an attack may have done by the very service it attacks: models of its own trained and asked."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Asking = Callable[[NDArray[np.float32]], NDArray[np.float64]]  # records (N, F) -> P(in) of each, (N,)


class Service(ABC):
    """A black box that tells two kinds of records apart, however it does that."""

    @abstractmethod
    def learn(self, records: NDArray[np.float32], member: NDArray[np.bool_]) -> Asking:
        """A model that learns `records` (M, F), in where `member` (M,) is true; the same one for the same.

        It is trained when it is first asked, at the latest. Both raise CannotAttack when it cannot be had.
        """
