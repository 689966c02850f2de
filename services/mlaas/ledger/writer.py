"""Every query is in the ledger before it is answered, and the counts are the sums of its rows.

One thread owns the writing: it takes all that is waiting and commits it as one transaction, so that
many requests share one synchronous write (group commit) and none blocks the event loop.
"""

import asyncio
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from services.database import Database
from services.mlaas.errors import IdempotencyConflict, QuotaExceeded
from services.mlaas.ledger.tables import Query, Usage
from services.web.problem import Overloaded

MOST_IN_A_GROUP = 1_000

# Made once: to build a statement takes longer than to run it.
THIS_PAIR = and_(Usage.account_id == bindparam("account"), Usage.model_id == bindparam("model"))
MORE = Usage.records + bindparam("more_records")
ADD = (  # the condition and the sum are one statement: no two writers can both take the last of a quota
    update(Usage)
    .where(THIS_PAIR, or_(Usage.quota.is_(None), Usage.quota >= MORE))
    .values(records=MORE, requests=Usage.requests + bindparam("more_requests"))
    .returning(Usage.records)
)
BEGIN_COUNTING = insert(Usage).values(
    account_id=bindparam("account"),
    model_id=bindparam("model"),
    quota=bindparam("most"),
    requests=0,
    records=0,
)
USED = select(Usage.records, Usage.quota).where(THIS_PAIR)
UNDER_KEY = select(Query.model_id, Query.request_sha256).where(
    Query.account_id == bindparam("account"), Query.idempotency_key == bindparam("key")
)
LOG = insert(Query)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What one prediction request costs whom; times in milliseconds since 1970."""

    at: int
    account_id: str
    model_id: str
    records: int
    request_id: str
    request_sha256: str
    idempotency_key: str | None = None


@dataclass(eq=False)
class Waiting:
    """An entry, and the request that waits for its number of charged records, or for a Problem."""

    entry: Entry
    answer: "asyncio.Future[int]"
    outcome: int | Exception | None = None


class Ledger:
    """Start it before serving; `close` drains what waits."""

    def __init__(self, database: Database, *, quota_records: int | None, most_waiting: int) -> None:
        self.database, self.quota_records = database, quota_records
        self.waiting: queue.Queue[Waiting | None] = queue.Queue(most_waiting)
        self.thread = threading.Thread(target=self._write_groups, name="ledger")

    def start(self) -> None:
        self.thread.start()

    def close(self) -> None:
        self.waiting.put(None)
        self.thread.join()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    async def charge(self, entry: Entry) -> int:
        """The records charged, once they are on disk: 0 when the idempotency key was charged before.

        Raises QuotaExceeded, IdempotencyConflict, and Overloaded when too many wait already.
        """
        waiting = Waiting(entry, asyncio.get_running_loop().create_future())
        try:
            self.waiting.put_nowait(waiting)
        except queue.Full:
            raise Overloaded("Too many queries wait to be logged; try again in a second.") from None
        return await waiting.answer

    def _write_groups(self) -> None:
        while (first := self.waiting.get()) is not None:
            group, last = self._all_that_waits(first)
            try:
                with self.database.put() as connection:
                    settle(connection, group, self.quota_records)
            except Exception:
                fail(group)
            answer(group)
            if last:
                return

    def _all_that_waits(self, first: Waiting) -> tuple[list[Waiting], bool]:
        group = [first]
        while len(group) < MOST_IN_A_GROUP:
            try:
                waiting = self.waiting.get_nowait()
            except queue.Empty:
                return group, False
            if waiting is None:
                return group, True
            group.append(waiting)
        return group, False


def settle(connection: Connection, group: Sequence[Waiting], quota: int | None) -> None:
    """Charge a group in one transaction: the counts first, for they decide who is over the quota."""
    once, again = apart_by_key(group)
    fresh = [waiting for waiting in once if not is_replay(connection, waiting)]
    for asked in by_account_and_model(fresh):
        if not add(connection, asked, quota):
            for one in asked:  # together they are over the quota: some may still fit
                if not add(connection, [one], quota):
                    one.outcome = over_quota(connection, one.entry)
    charged = [vars(one.entry) for one in fresh if isinstance(one.outcome, int)]
    if charged:
        connection.execute(LOG, charged)
    if again:
        settle(connection, again, quota)


def apart_by_key(group: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """The first of every idempotency key, and those that must see what became of the first."""
    once: list[Waiting] = []
    again: list[Waiting] = []
    seen: set[tuple[str, str | None]] = set()
    for waiting in group:
        key = (waiting.entry.account_id, waiting.entry.idempotency_key)
        repeated = key[1] is not None and key in seen
        (again if repeated else once).append(waiting)
        seen.add(key)
    return once, again


def by_account_and_model(group: Sequence[Waiting]) -> Iterable[list[Waiting]]:
    together = defaultdict(list)
    for waiting in group:
        together[waiting.entry.account_id, waiting.entry.model_id].append(waiting)
    return together.values()


def is_replay(connection: Connection, waiting: Waiting) -> bool:
    """Whether the idempotency key is in the log already; then nothing is charged."""
    entry = waiting.entry
    if entry.idempotency_key is None:
        return False
    key = {"account": entry.account_id, "key": entry.idempotency_key}
    logged = connection.execute(UNDER_KEY, key).one_or_none()
    if logged is None:
        return False
    same = tuple(logged) == (entry.model_id, entry.request_sha256)
    waiting.outcome = 0 if same else IdempotencyConflict("Use a new Idempotency-Key for another request.")
    return True


def add(connection: Connection, asked: Sequence[Waiting], quota: int | None) -> bool:
    """Add queries of one account to one model if the quota allows."""
    pair = {"account": asked[0].entry.account_id, "model": asked[0].entry.model_id}
    more = {"more_requests": len(asked), "more_records": sum(one.entry.records for one in asked)}
    if connection.execute(ADD, pair | more).one_or_none() is None:
        if connection.execute(USED, pair).one_or_none() is not None:
            return False
        connection.execute(BEGIN_COUNTING, pair | {"most": quota})
        return add(connection, asked, quota)
    for one in asked:
        one.outcome = one.entry.records
    return True


def over_quota(connection: Connection, entry: Entry) -> QuotaExceeded:
    usage = connection.execute(USED, {"account": entry.account_id, "model": entry.model_id}).one()
    remaining = max(0, usage.quota - usage.records)
    detail = f"This account may ask this model for {remaining} more records; {entry.records} were sent."
    return QuotaExceeded(detail, requested=entry.records, remaining=remaining)


def fail(group: Sequence[Waiting]) -> None:
    """Nothing of the group was committed, so none of it may be answered."""
    log.exception("a group of %d queries was not committed", len(group))
    for waiting in group:
        waiting.outcome = Overloaded("The query could not be logged; try again in a second.")


def answer(group: Sequence[Waiting]) -> None:
    """Wake the requests, once per event loop."""
    by_loop = defaultdict(list)
    for waiting in group:
        by_loop[waiting.answer.get_loop()].append(waiting)
    for loop, answered in by_loop.items():
        loop.call_soon_threadsafe(resolve, answered)


def resolve(answered: Sequence[Waiting]) -> None:
    for waiting in answered:
        if waiting.answer.cancelled():
            continue
        if isinstance(waiting.outcome, Exception):
            waiting.answer.set_exception(waiting.outcome)
        else:
            waiting.answer.set_result(waiting.outcome or 0)
