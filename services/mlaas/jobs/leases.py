"""Whose leases have lapsed: those that stood unrenewed for their whole length while this process watched.

It counts by a clock of its own. The time of day is set by people and differs between machines: by that, a job
could be taken from a worker that is at it, or wait for hours for one that is gone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple


class Lease(NamedTuple):
    """As it is in the job's row. A renewal changes `expires_at`, which says no more than that."""

    job_id: int
    owner: str
    attempt: int
    expires_at: int


@dataclass
class Watch:
    length_s: float
    clock: Callable[[], float] = monotonic
    since: dict[Lease, float] = field(default_factory=dict)

    def forget(self) -> None:
        """After a time in which nothing could be read, or renewed."""
        self.since = {}

    def lapsed(self, held: Iterable[Lease]) -> list[int]:
        """The ids of the jobs whose leases have; `held` are all leases that there are now."""
        now = self.clock()
        self.since = {lease: self.since.get(lease, now) for lease in held}
        return [lease.job_id for lease, since in self.since.items() if now - since >= self.length_s]
