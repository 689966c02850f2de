"""Asks targets: in large batches, within the budget, nothing twice; answers are kept with their cost."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attacker.budget import Purse
from attacker.fingerprint import fingerprint
from attacker.format import Format
from attacker.ledger import Clock, Cost, Entry, Phase
from attacker.probe import Probe
from attacker.records import Records
from attacker.store import Store
from attacker.target import Prediction, Target

AROUND = 100_000  # questions that a probe asks around one chunk of records, at most
AROUND_CELLS = 2**25  # their features, at most
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
        self.latest: tuple[NDArray[Any], list[bytes]] | None = None

    def at_price(self, per_1000_records: float) -> "Oracle":
        """The same for models of another price; both spend from one purse."""
        return Oracle(self.store, self.token, per_1000_records, self.purse, self.spending)

    def ask(
        self, target: Target, records: NDArray[Any], phase: Phase, repeat: int = 0
    ) -> NDArray[np.float32]:
        """Confidence vectors (N, K) for records (N, D); raises as `complete` does."""
        self.complete(target, records, phase, repeat)
        fingerprints = self.fingerprints(records)
        answers = self.store.answers(target.id, fingerprints, repeat)
        return unpack([answers[mark] for mark in fingerprints], target.width)

    def complete(self, target: Target, records: NDArray[Any], phase: Phase, repeat: int = 0) -> None:
        """Have all answers about records (N, D) in the store; only those that it lacks are asked for.

        Equal records are one question. Raises BudgetExhausted before the request that would exceed the
        budget, and ServiceError; what was answered until then is kept.
        """
        fingerprints = self.fingerprints(records)
        known = self.store.answered(target.id, fingerprints, repeat)
        missing = {mark: row for row, mark in enumerate(fingerprints) if mark not in known}
        self.fetch(target, batches(records, missing, target.batch(records.shape[1])), phase, repeat)

    def fingerprints(self, records: NDArray[Any]) -> list[bytes]:
        """Shadow model after shadow model is asked about the same array."""
        if self.latest is None or self.latest[0] is not records:
            self.latest = records, fingerprint(records)
        return self.latest[1]

    def observe(self, target: Target, probe: Probe, records: Records, form: Format, phase: Phase) -> None:
        """What the probe sees around each record; only those it has not seen are asked about.

        Raises BudgetExhausted and ServiceError; what was seen of a chunk of records is kept with its cost.
        """
        fingerprints = fingerprint(records.features)
        seen = self.store.observations(target.id, probe.name)
        missing = list({mark: row for row, mark in enumerate(fingerprints) if mark not in seen}.values())
        questions = min(AROUND, AROUND_CELLS // records.features.shape[1])
        size = max(1, questions // probe.queries)
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            for start in range(0, len(missing), size):
                rows = missing[start : start + size]
                self.purse.require(phase, len(rows) * probe.queries)  # a chunk is kept whole or not at all
                chunk = records.take(np.array(rows))
                asking = Asking(self, pool, target, phase, f"{target.id} {probe.name}")
                observed = probe.observe(asking, chunk.features, chunk.labels, form)
                self.store.once_probe(probe.name, observed.dtype)
                marks = [fingerprints[row] for row in rows]
                self.store.add_observations(target.id, probe.name, marks, observed, asking.entries)

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
        cost = Cost(records, prediction.requests, prediction.moved, self.clock.lap(), money)
        return Entry(phase, target.id, cost)

    def key(self, occasion: str, contents: Iterable[bytes]) -> str:
        """The Idempotency-Key of a request: this run's, for this content, on this occasion."""
        digest = hashlib.blake2b(f"{self.token} {occasion} ".encode(), digest_size=16)
        for content in contents:
            digest.update(content)
        return digest.hexdigest()


class Asking:
    """Gives the labels that a target answers, many batches at once; `entries` is what that has cost.

    Nothing is kept of the answers. Asked the same again in the same order, nothing more is charged.
    """

    def __init__(
        self, oracle: Oracle, pool: ThreadPoolExecutor, target: Target, phase: Phase, occasion: str
    ) -> None:
        self.oracle, self.pool, self.target, self.phase, self.occasion = oracle, pool, target, phase, occasion
        self.entries: list[Entry] = []
        self.sent = 0

    def __call__(self, records: NDArray[Any]) -> NDArray[np.int64]:
        """Records (M, D) -> labels (M,)."""
        self.oracle.clock = Clock()
        size, labels = self.target.batch(records.shape[1]), [np.empty(0, np.int64)]
        pending: deque[Future[Prediction]] = deque()
        try:
            for start in range(0, len(records), size):
                batch = records[start : start + size]
                key = self.oracle.key(f"{self.occasion} {self.sent}", [batch.tobytes()])
                pending.append(self.oracle.send(self.pool, self.target, batch, self.phase, key))
                self.sent += 1
                if len(pending) == IN_FLIGHT:
                    labels.append(self.take(pending))
        finally:
            while pending:
                labels.append(self.take(pending))
        return np.concatenate(labels)

    def take(self, pending: deque[Future[Prediction]]) -> NDArray[np.int64]:
        prediction = pending.popleft().result()
        self.entries.append(self.oracle.entry(self.target, self.phase, prediction))
        self.oracle.spending.asked(len(prediction.probabilities))
        labels: NDArray[np.int64] = prediction.probabilities.argmax(axis=1)
        return labels


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
