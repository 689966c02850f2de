"""How many records an account asked of a model in the last minute, from the rows of the log."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from sqlalchemy import Connection, bindparam, func, literal_column, select

from services.mlaas.ledger.clock import MINUTE_MS, LogClock
from services.mlaas.ledger.tables import Query

SECOND = (Query.at // literal_column("1000")).label("second")
# One range of one index that holds all it needs; summed by second it is 61 rows at most.
BY_SECOND = (
    select(SECOND, func.sum(Query.records))
    .where(
        Query.account_id == bindparam("account"),
        Query.model_id == bindparam("model"),
        Query.at > bindparam("since"),
    )
    .group_by(SECOND)
    .order_by(SECOND)
)


@dataclass
class LastMinute:
    """Records charged since a minute before `at`: no window of a minute that `at` lies in holds more.

    `seconds` (since 1970) in which something counts as charged, and the running sum of `records` up to each.
    """

    at: int
    seconds: list[int]
    records: list[int]

    @classmethod
    def of(cls, connection: Connection, pair: dict[str, str], at: int, clock: LogClock) -> Self:
        rows = connection.execute(BY_SECOND, pair | {"since": clock.minute_before(at)}).all()
        seconds = [clock.counted(1000 * second + 999) // 1000 for second, _ in rows]
        return cls(at, seconds, list(accumulate(int(records) for _, records in rows)))

    @property
    def asked(self) -> int:
        return self.records[-1] if self.records else 0

    def add(self, records: int) -> None:
        """What is charged now and not yet in the log."""
        self.records.append(self.asked + records)
        self.seconds.append(self.at // 1000)

    def seconds_until_free(self, records: int) -> int:
        """After how many whole seconds so many of the records charged will be more than a minute old."""
        last = self.seconds[bisect_left(self.records, records)]
        return -(-((last + 1) * 1000 + MINUTE_MS - self.at) // 1000)
