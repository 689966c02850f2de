"""The owner's own deployed model, asked about the owner's records as an attacker would ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacker import reading
from attacker.client.http import Http, checked_key
from attacker.deployed import Deployed
from attacker.errors import AttackerError
from attacker.meeting import Meeting
from services.web.command import CommandError

LOOKED_AT = 200  # records, to find out what the answers are


@dataclass(frozen=True)
class OwnTarget:
    """`key` is the owner's own, for that server alone."""

    deployed: Deployed
    classes: tuple[str, ...]
    key: str | None

    def answers(self, records: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """About records (N, D), of these classes (N,): probabilities (N, K).

        Raises CommandError for a server that cannot be asked, answers that cannot be read, and classes that
        are in another order.
        """
        with as_commands_fail(), Http(np.random.default_rng()) as http:
            met = Meeting.begin(http, self.deployed, checked_key(self.key or "") or None, records[:1])
            most = min(met.most, LOOKED_AT)
            first = next(met.answered(records[:most], ""))[0]
            read = reading.found(first, self.classes, self.deployed.answers)
            batches = np.array_split(records, max(1, -(-len(records) // met.most)))
            parts = [outputs for batch in batches for outputs, _ in met.answered(batch, "")]
            found = np.concatenate([read.probabilities(part, self.deployed.url) for part in parts])
            reading.check_order(found, labels, self.classes)
        return found.astype(np.float64)


@contextmanager
def as_commands_fail() -> Iterator[None]:
    try:
        yield
    except AttackerError as error:
        raise CommandError(f"The target: {error}") from error
