"""Charges a group of queries in one transaction: every one of it is counted and logged, or refused."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from services.database import in_turn
from services.mlaas.errors import IdempotencyConflict, QuotaExceeded, RateLimited
from services.mlaas.keys.repository import revoked
from services.mlaas.ledger.clock import LogClock
from services.mlaas.ledger.limits import UNLIMITED, Limits
from services.mlaas.ledger.prepared import Prepared, PreparedRows
from services.mlaas.ledger.rate import LastMinute
from services.mlaas.ledger.tables import Query, Usage

# Made once: to build a statement takes longer than to run it.
THIS_PAIR = and_(Usage.account_id == bindparam("account"), Usage.model_id == bindparam("model"))
MORE = Usage.records + bindparam("more_records")
QUOTA = bindparam("quota", type_=BigInteger)
BEGIN_COUNTING = insert(Usage).values(
    account_id=bindparam("account"), model_id=bindparam("model"), quota=QUOTA, requests=0, records=0
)
USED = select(Usage.records).where(THIS_PAIR)
UNDER_KEY = select(Query.model_id, Query.request_sha256).where(
    Query.account_id == bindparam("account"), Query.idempotency_key == bindparam("key")
)
_TEXTS = ARRAY(String)
_asked = (
    func.unnest(bindparam("accounts", type_=_TEXTS), bindparam("keys", type_=_TEXTS))
    .table_valued("account", "key")
    .render_derived()
)
UNDER_KEYS = select(Query.account_id, Query.idempotency_key, Query.model_id, Query.request_sha256).join(
    _asked, and_(Query.account_id == _asked.c.account, Query.idempotency_key == _asked.c.key)
)
LOGGED = (
    "at",
    "account_id",
    "model_id",
    "records",
    "request_id",
    "request_sha256",
    "idempotency_key",
    "sketch",
)
NOT_LOGGED = ("limits", "key_id")  # of an Entry
LOG = PreparedRows(insert(Query).inline(), LOGGED)


# The model and the digest of the request that were logged, by account and idempotency key.
Logged = Mapping[tuple[str, str | None], tuple[str, str]]


class NotAdmitted(Exception):
    """The account may no longer ask the model."""


@dataclass(frozen=True)
class Entry:
    """What one prediction request costs whom, within what limits; `key_id`: asked with that further key."""

    account_id: str
    model_id: str
    records: int
    request_id: str
    request_sha256: str
    idempotency_key: str | None = None
    limits: Limits = UNLIMITED
    sketch: bytes | None = None
    key_id: str | None = None

    @property
    def pair(self) -> dict[str, str]:
        return {"account": self.account_id, "model": self.model_id}

    def row(self, at: int) -> dict[str, Any]:
        """As it is logged, at a time in milliseconds since 1970."""
        return {"at": at, **{name: value for name, value in vars(self).items() if name not in NOT_LOGGED}}


@dataclass(eq=False)
class Waiting:
    """An entry, and the request that waits for its number of charged records, or for what was wrong."""

    entry: Entry
    answer: "asyncio.Future[int]"
    outcome: int | Exception | None = None


class Charging:
    """`admitted` must still hold of a row of Usage; `clock` says when it is."""

    def __init__(self, admitted: ColumnElement[bool], clock: LogClock) -> None:
        self.clock = clock
        self.still_admitted = select(Usage.records).where(THIS_PAIR, admitted)
        # Conditions and sums are one statement: no two writers can both take the last of a quota.
        self.add_to_counts = Prepared(
            update(Usage)
            .where(THIS_PAIR, admitted, func.coalesce(QUOTA, MORE) >= MORE)
            .values(records=MORE, requests=Usage.requests + bindparam("more_requests"), quota=QUOTA)
        )

    def settle(self, connection: Connection, group: Sequence[Waiting]) -> None:
        """Give each its outcome: the counts first, for they decide who is over the quota.

        One process at a time settles an account's queries: what is read of them here holds until the commit.
        """
        in_turn(connection, {waiting.entry.account_id for waiting in group})
        at = self.clock.now_ms()
        group = with_valid_keys(connection, group)
        while group:
            once, group = apart_by_key(group)
            self.settle_once(connection, once, at)

    def settle_once(self, connection: Connection, once: Sequence[Waiting], at: int) -> None:
        """`once` has no idempotency key twice."""
        logged = under_keys(connection, [one.entry for one in once if one.entry.idempotency_key is not None])
        fresh = [waiting for waiting in once if not self.is_replay(connection, waiting, logged)]
        for asked in by_account_and_model(fresh):
            within = self.within_rate(connection, asked, at)
            if not within or self.add(connection, within):
                continue
            for one in within:  # together they are over the quota: some may still fit
                if not self.add(connection, [one]):
                    one.outcome = self.refusal(connection, one.entry)
        charged = [one.entry.row(at) for one in fresh if isinstance(one.outcome, int)]
        if charged:
            LOG.run(connection, charged)

    def within_rate(self, connection: Connection, asked: Sequence[Waiting], at: int) -> Sequence[Waiting]:
        """Those queries of one account to one model that the last minute has room for; refuses the others.

        What is in the log decides: every process sees it, and no other writes of the account meanwhile.
        """
        entry = asked[0].entry
        if (most := entry.limits.per_minute) is None:
            return asked
        last_minute = LastMinute.of(connection, entry.pair, at, self.clock)
        within = []
        for one in asked:
            if last_minute.asked + one.entry.records <= most:
                last_minute.add(one.entry.records)
                within.append(one)
            else:
                one.outcome = too_fast(one.entry.records, most, last_minute)
        if len(within) < len(asked) and not self.is_admitted(connection, entry):
            for one in asked:
                one.outcome = NotAdmitted()
            return []
        return within

    def add(self, connection: Connection, asked: Sequence[Waiting]) -> bool:
        """Count queries of one account to one model; false when they are over the quota or not admitted."""
        pair, quota = asked[0].entry.pair, {"quota": asked[0].entry.limits.quota}
        more = {"more_requests": len(asked), "more_records": sum(one.entry.records for one in asked)}
        if not self.add_to_counts.run(connection, pair | quota | more).rowcount:
            if not self.begin_counting(connection, asked[0].entry):
                return False
            return self.add(connection, asked)
        for one in asked:
            one.outcome = one.entry.records
        return True

    def refusal(self, connection: Connection, entry: Entry) -> Exception:
        """Why a query was not counted."""
        if not self.is_admitted(connection, entry) or entry.limits.quota is None:
            return NotAdmitted()
        remaining = max(0, entry.limits.quota - connection.execute(USED, entry.pair).scalar_one())
        detail = f"This account may ask this model for {remaining} more records; {entry.records} were sent."
        return QuotaExceeded(detail, requested=entry.records, remaining=remaining)

    def begin_counting(self, connection: Connection, entry: Entry) -> bool:
        """Whether this account had not asked this model before."""
        if connection.execute(USED, entry.pair).one_or_none() is not None:
            return False
        connection.execute(BEGIN_COUNTING, entry.pair | {"quota": entry.limits.quota})
        return True

    def is_admitted(self, connection: Connection, entry: Entry) -> bool:
        self.begin_counting(connection, entry)  # admission is asked of the row
        return connection.execute(self.still_admitted, entry.pair).one_or_none() is not None

    def is_replay(self, connection: Connection, waiting: Waiting, logged: Logged) -> bool:
        """Whether the idempotency key is in the log already; then nothing is charged."""
        entry = waiting.entry
        question = logged.get((entry.account_id, entry.idempotency_key))
        if question is None:
            return False
        if question != (entry.model_id, entry.request_sha256):
            waiting.outcome = IdempotencyConflict("Use a new Idempotency-Key for another request.")
        elif not self.is_admitted(connection, entry):
            waiting.outcome = NotAdmitted()
        else:
            waiting.outcome = 0
        return True


def with_valid_keys(connection: Connection, group: Sequence[Waiting]) -> Sequence[Waiting]:
    """Those that were not asked with a further key that is revoked; the others are not admitted."""
    key_ids = {key_id for waiting in group if (key_id := waiting.entry.key_id) is not None}
    if not key_ids:
        return group
    refused = revoked(connection, key_ids)
    for waiting in group:
        if waiting.entry.key_id in refused:
            waiting.outcome = NotAdmitted()
    # Not by their outcomes: a group that could not be committed is settled once more.
    return [waiting for waiting in group if waiting.entry.key_id not in refused]


def under_keys(connection: Connection, entries: Sequence[Entry]) -> Logged:
    """What the log has under the idempotency keys of `entries`."""
    if not entries:
        return {}
    keys = [(entry.account_id, entry.idempotency_key) for entry in entries]
    if connection.dialect.name == "postgresql":  # a server: to go there and back takes longer than to look
        accounts, names = map(list, zip(*keys, strict=True))
        rows = connection.execute(UNDER_KEYS, {"accounts": accounts, "keys": names})
        return {(account, key): (model, sha256) for account, key, model, sha256 in rows}
    found = {
        pair: connection.execute(UNDER_KEY, {"account": pair[0], "key": pair[1]}).first() for pair in keys
    }
    return {pair: (row[0], row[1]) for pair, row in found.items() if row is not None}


def too_fast(records: int, most: int, last_minute: LastMinute) -> RateLimited:
    rule = f"This model answers each account {most} records a minute"
    if records > most:
        detail = f"{rule}; {records} in one request can never be answered: send {most} or fewer."
        return RateLimited(detail, requested=records, per_minute=most)
    wait_s = last_minute.seconds_until_free(last_minute.asked + records - most)
    detail = f"{rule}; for {records} more, ask again in {wait_s} seconds."
    headers = {"Retry-After": str(wait_s)}
    return RateLimited(detail, headers=headers, requested=records, per_minute=most)


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
