"""The disk of a party is full at random moments, so many times, while customers upload, train and predict.

Each is answered or gets a clear 503; what is answered is in the ledger, what is promised is on the disk, and
when there is room again everything works, without a restart. Then games are played whose challenger and
attackers have such a disk: a command of the attacker ends in one line and goes on later where it was, every
game is closed and reported, and the counts of attacker and provider agree.
"""

import time
from collections import Counter
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from torture.contests.games import played
from torture.customers.asking import trained
from torture.customers.customers import Customers
from torture.found import Found
from torture.machine.disk import small_disk
from torture.parties import provider

FULL, BRIEF = 32, 2
TIMES_A_GAME = 8
DISK_MB = 64
ROOM_S, NO_ROOM_S = (0.1, 1.0), (0.1, 1.5)


def run(much: int, random: Generator, folder: Path) -> Found:
    counts: Counter[str] = Counter({"times full": much, "games": much // TIMES_A_GAME})
    with (
        small_disk(folder / "disk", DISK_MB) as disk,
        provider(disk.folder / "data") as api,
        Customer(api.url) as owner,
    ):
        customers = Customers(api.url, owner.key, trained(owner, "tiny", random))
        assert api.process is not None
        with customers.busy(random):
            for _ in range(much):
                time.sleep(random.uniform(*ROOM_S))
                with disk.full(api.process.pid, random):
                    time.sleep(random.uniform(*NO_ROOM_S))
        customers.settle(owner)
        customers.check(owner, api.data)
        wrong = customers.wrong + (["the provider ended"] if api.process.poll() is not None else [])
    if counts["games"]:
        with small_disk(folder / "theirs", DISK_MB) as disk, provider(folder / "data") as api:
            games = played(counts["games"], api.url, disk, folder / "datasets", random)
        wrong, counts = wrong + games.wrong, counts + games.counts
    done = {what: count for what, count in (counts + customers.counts).items() if count}
    done["uploads refused"] = customers.counts["uploads refused"]  # or the disk was not full
    return Found(done, wrong, {"made full by": disk.way, "slowest answer, s": customers.slowest_s})
