"""Asks targets: in large batches, within the budget, nothing twice; answers are kept with their cost."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attacker.errors import BudgetExhausted
from attacker.ledger import Clock, Cost, Entry, Phase
from attacker.store import Store
from attacker.target import Prediction, Target

IN_FLIGHT = 2  # one request is answered while the other is written and read; more gained nothing


class Spending(Protocol):
    """Who wants to know how many records were asked."""

    def asked(self, records: int) -> None: ...


@dataclass(frozen=True, eq=False)
class Batch:
    """Records of one request, (B, D), and their fingerprints."""

    records: NDArray[Any]
    fingerprints: Sequence[bytes]


class Oracle:
    """Everything a run asks goes through here.

    `token` is the run's own: with a batch's content it makes the Idempotency-Key, so that a batch whose
    answer was lost (a crash, a cut line) is answered again and charged nothing. `budget` bounds the
    records of the whole run.
    """

    def __init__(
        self, store: Store, token: str, per_1000_records: float, budget: int | None, spending: Spending
    ) -> None:
        self.store, self.token, self.per_1000_records = store, token, per_1000_records
        self.budget, self.spending = budget, spending
        self.reserved = store.asked()
        self.clock = Clock()

    def ask(
        self, target: Target, records: NDArray[Any], phase: Phase, repeat: int = 0
    ) -> NDArray[np.float32]:
        """Confidence vectors (N, K) for records (N, D); only those that the run does not have are asked for.

        Equal records are one question. Raises BudgetExhausted before the request that would exceed the
        budget, and ServiceError; what was answered until then is kept.
        """
        fingerprints = fingerprint(records)
        known = self.store.answers(target.id, fingerprints, repeat)
        missing = {mark: row for row, mark in enumerate(fingerprints) if mark not in known}
        self.fetch(target, batches(records, missing, target.batch(records.shape[1])), phase, repeat)
        answers = self.store.answers(target.id, fingerprints, repeat)
        return unpack([answers[mark] for mark in fingerprints], target.width)

    def fetch(self, target: Target, batches: Iterator[Batch], phase: Phase, repeat: int) -> None:
        """Send the batches, at most IN_FLIGHT at a time, and keep each answer as it comes."""
        pending: dict[Future[Prediction], Batch] = {}
        self.clock = Clock()
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            try:
                for batch in batches:
                    self.reserve(len(batch.records))
                    key = self.key(target.id, batch, repeat)
                    pending[pool.submit(target.predict, batch.records, key)] = batch
                    if len(pending) == IN_FLIGHT:
                        self.collect(pending, target, phase, repeat)
            finally:
                while pending:
                    self.collect(pending, target, phase, repeat)

    def collect(
        self, pending: dict[Future[Prediction], Batch], target: Target, phase: Phase, repeat: int
    ) -> None:
        """Wait for an answer; keep it and its ledger row in one transaction."""
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            batch = pending.pop(future)
            prediction = future.result()
            records = len(batch.records)
            money = records * self.per_1000_records / 1000
            cost = Cost(records, 1, prediction.moved, self.clock.lap(), money)
            entry = Entry(phase, target.id, cost)
            self.store.add_answers(batch.fingerprints, prediction.probabilities, entry, repeat)
            self.spending.asked(records)

    def reserve(self, records: int) -> None:
        if self.budget is not None and self.reserved + records > self.budget:
            raise BudgetExhausted(
                f"{self.reserved} of the budget of {self.budget} records are asked and the next request "
                f"takes {records}; the answers are kept: go on with a larger --budget."
            )
        self.reserved += records

    def key(self, model: str, batch: Batch, repeat: int) -> str:
        digest = hashlib.blake2b(f"{self.token} {model} {repeat} ".encode(), digest_size=16)
        for mark in batch.fingerprints:
            digest.update(mark)
        return digest.hexdigest()


def fingerprint(records: NDArray[Any]) -> list[bytes]:
    """A record's identity, (N, D) -> N digests: equal values give equal ones, whatever their dtype."""
    canonical = np.ascontiguousarray(records, "<f8") + 0.0  # -0.0 becomes 0.0
    return [hashlib.blake2b(row, digest_size=16).digest() for row in canonical]


def batches(records: NDArray[Any], missing: dict[bytes, int], size: int) -> Iterator[Batch]:
    """The missing records in batches of `size`.

    All are full but the last. A run that died with some of them answered therefore cuts the rest at the
    same places, and a batch that was answered but not kept meets its old Idempotency-Key.
    """
    marks, rows = list(missing), list(missing.values())
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        yield Batch(records[rows[part]], marks[part])


def unpack(answers: Sequence[bytes], width: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(answers), np.float32).reshape(len(answers), width)
