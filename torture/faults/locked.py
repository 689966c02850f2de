"""Another process locks the databases of provider and challenger for so many seconds, in the midst of work.

Whoever reads is answered by both; the provider's customers, who write, wait or get a clear 503, and the
challenger says that it is not ready. Afterwards nothing is lost, every count is exact, and both go on without
a restart.
"""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.database import LONGEST_WAIT_S
from torture.customers.asking import trained
from torture.customers.customers import Customers, unclear
from torture.found import Found
from torture.parties import party, provider

FULL, BRIEF = 30, 1
BEFORE_S = 1.0
WAITED = 0.5  # at least, of the time for which somebody has to wait for the lock
PATIENCE_S = 60.0  # more than any wait for a lock


def run(much: int, random: Generator, folder: Path) -> Found:
    with (
        provider(folder / "provider") as api,
        party("services.challenger", folder / "challenger", "--provider", api.url) as referee,
        Customer(api.url) as owner,
    ):
        customers = Customers(api.url, owner.key, trained(owner, "tiny", random))
        looks = Looks(api.url, owner, customers, for_long=much > 2 * LONGEST_WAIT_S)
        with customers.busy(random):
            time.sleep(BEFORE_S)
            with ThreadPoolExecutor(1) as waiting:
                with locked(api.data / "mlaas.sqlite"), locked(referee.data / "challenger.sqlite"):
                    ready, until = waiting.submit(looks.ready, referee.url), time.monotonic() + much
                    while time.monotonic() < until:
                        looks.at_both(referee.url)
                ready.result()
            looks.writable(referee.url)
            time.sleep(BEFORE_S)
        customers.settle(owner)
        customers.check(owner, api.data)
    if customers.slowest_s < WAITED * min(much, LONGEST_WAIT_S):
        customers.wrong.append(f"nobody waited for longer than {customers.slowest_s:.1f} s")
    counts = {what: count for what, count in sorted(customers.counts.items()) if count}
    done = {"seconds locked": much, "reads answered": looks.answered}
    return Found(done | counts, customers.wrong, {"slowest answer, s": customers.slowest_s})


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """As a backup tool, or somebody's open shell, locks it."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=PATIENCE_S)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Looks:
    """What reads only must be answered; the challenger's readiness says that it cannot write."""

    def __init__(self, provider: str, owner: Customer, customers: Customers, *, for_long: bool) -> None:
        """for_long: the lock outlasts any wait for it."""
        self.provider, self.owner, self.customers, self.for_long = provider, owner, customers, for_long
        self.answered = 0

    def ready(self, referee: str) -> None:
        """Of the challenger, which waits for a while, and then says that it is not."""
        answer = httpx.get(f"{referee}/readyz", timeout=PATIENCE_S)
        if (answer.status_code != 200 or self.for_long) and (why := unclear(answer)):
            self.customers.wrong.append(f"readyz: {why}: {answer.status_code} {answer.text[:200]}")

    def at_both(self, referee: str) -> None:
        for answer in (
            self.owner.get("/v1/usage"),
            self.owner.get(f"/v1/models/{self.customers.model}"),
            httpx.get(f"{referee}/v1", timeout=PATIENCE_S),
        ):
            self.answered += 1
            if answer.status_code != 200:
                self.customers.wrong.append(f"a read was answered {answer.status_code}: {answer.text[:200]}")

    def writable(self, referee: str) -> None:
        for url in (referee, self.provider):
            if (answer := httpx.get(f"{url}/readyz", timeout=PATIENCE_S)).status_code != 200:
                self.customers.wrong.append(f"unlocked, {url} is not ready: {answer.text[:200]}")
