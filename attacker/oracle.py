"""Asks targets: in large batches, within the budget, nothing twice; answers are kept with their cost."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attacker.budget import Purse
from attacker.fingerprint import fingerprint
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
    answer was lost (a crash, a cut line) is answered again and charged nothing.
    """

    def __init__(
        self, store: Store, token: str, per_1000_records: float, purse: Purse, spending: Spending
    ) -> None:
        self.store, self.token, self.per_1000_records = store, token, per_1000_records
        self.purse, self.spending = purse, spending
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
                    key = self.key(f"{target.id} {repeat}", batch.fingerprints)
                    pending[self.send(pool, target, batch.records, phase, key)] = batch
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
            entry = self.entry(target, phase, prediction)
            self.store.add_answers(batch.fingerprints, prediction.probabilities, entry, repeat)
            self.spending.asked(len(batch.records))

    def send(
        self, pool: ThreadPoolExecutor, target: Target, records: NDArray[Any], phase: Phase, key: str
    ) -> Future[Prediction]:
        """Reserve the records and have them asked on a thread of `pool`; raises BudgetExhausted."""
        self.purse.reserve(phase, len(records))
        return pool.submit(target.predict, records, key)

    def entry(self, target: Target, phase: Phase, prediction: Prediction) -> Entry:
        """The ledger's row for a request that has just been answered."""
        records = len(prediction.probabilities)
        money = records * self.per_1000_records / 1000
        return Entry(phase, target.id, Cost(records, 1, prediction.moved, self.clock.lap(), money))

    def key(self, occasion: str, contents: Iterable[bytes]) -> str:
        """The Idempotency-Key of a request: this run's, for this content, on this occasion."""
        digest = hashlib.blake2b(f"{self.token} {occasion} ".encode(), digest_size=16)
        for content in contents:
            digest.update(content)
        return digest.hexdigest()


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
