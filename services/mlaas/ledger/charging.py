"""Charges a group of queries in one transaction: every one of it is counted and logged, or refused."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, or_, select, update

from services.mlaas.errors import IdempotencyConflict, QuotaExceeded
from services.mlaas.ledger.tables import Query, Usage

# Made once: to build a statement takes longer than to run it.
THIS_PAIR = and_(Usage.account_id == bindparam("account"), Usage.model_id == bindparam("model"))
MORE = Usage.records + bindparam("more_records")
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


class NotAdmitted(Exception):
    """The account may no longer ask the model."""


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

    @property
    def pair(self) -> dict[str, str]:
        return {"account": self.account_id, "model": self.model_id}


@dataclass(eq=False)
class Waiting:
    """An entry, and the request that waits for its number of charged records, or for what was wrong."""

    entry: Entry
    answer: "asyncio.Future[int]"
    outcome: int | Exception | None = None


class Charging:
    """`admitted` must still hold of a row of Usage; a new row begins with the quota (None: no limit)."""

    def __init__(self, admitted: ColumnElement[bool], quota_records: int | None) -> None:
        self.quota_records = quota_records
        self.still_admitted = select(Usage.records).where(THIS_PAIR, admitted)
        # Conditions and sums are one statement: no two writers can both take the last of a quota.
        self.add_to_counts = (
            update(Usage)
            .where(THIS_PAIR, admitted, or_(Usage.quota.is_(None), Usage.quota >= MORE))
            .values(records=MORE, requests=Usage.requests + bindparam("more_requests"))
            .returning(Usage.records)
        )

    def settle(self, connection: Connection, group: Sequence[Waiting]) -> None:
        """Give each its outcome: the counts first, for they decide who is over the quota."""
        while group:
            once, group = apart_by_key(group)
            self.settle_once(connection, once)

    def settle_once(self, connection: Connection, once: Sequence[Waiting]) -> None:
        """`once` has no idempotency key twice."""
        fresh = [waiting for waiting in once if not self.is_replay(connection, waiting)]
        for asked in by_account_and_model(fresh):
            if not self.add(connection, asked):
                for one in asked:  # together they are over the quota: some may still fit
                    if not self.add(connection, [one]):
                        one.outcome = self.refusal(connection, one.entry)
        charged = [vars(one.entry) for one in fresh if isinstance(one.outcome, int)]
        if charged:
            connection.execute(LOG, charged)

    def add(self, connection: Connection, asked: Sequence[Waiting]) -> bool:
        """Count queries of one account to one model; false when they are over the quota or not admitted."""
        pair = asked[0].entry.pair
        more = {"more_requests": len(asked), "more_records": sum(one.entry.records for one in asked)}
        if connection.execute(self.add_to_counts, pair | more).one_or_none() is None:
            if connection.execute(USED, pair).one_or_none() is not None:
                return False
            connection.execute(BEGIN_COUNTING, pair | {"most": self.quota_records})
            return self.add(connection, asked)
        for one in asked:
            one.outcome = one.entry.records
        return True

    def refusal(self, connection: Connection, entry: Entry) -> Exception:
        if connection.execute(self.still_admitted, entry.pair).one_or_none() is None:
            return NotAdmitted()
        usage = connection.execute(USED, entry.pair).one()
        remaining = max(0, usage.quota - usage.records)
        detail = f"This account may ask this model for {remaining} more records; {entry.records} were sent."
        return QuotaExceeded(detail, requested=entry.records, remaining=remaining)

    def is_replay(self, connection: Connection, waiting: Waiting) -> bool:
        """Whether the idempotency key is in the log already; then nothing is charged."""
        entry = waiting.entry
        if entry.idempotency_key is None:
            return False
        key = {"account": entry.account_id, "key": entry.idempotency_key}
        logged = connection.execute(UNDER_KEY, key).one_or_none()
        if logged is None:
            return False
        if tuple(logged) != (entry.model_id, entry.request_sha256):
            waiting.outcome = IdempotencyConflict("Use a new Idempotency-Key for another request.")
        elif connection.execute(self.still_admitted, entry.pair).one_or_none() is None:
            waiting.outcome = NotAdmitted()
        else:
            waiting.outcome = 0
        return True


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
