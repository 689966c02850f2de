"""The provider's data folder cannot be written, so many times: at a start, and while customers are at work.

A start is refused in one line with the remedy. In flight, whoever writes gets a clear 503 and whoever reads
is answered; nothing that was promised is lost, and with the right given back all goes on without a restart.
Where a disk of its own can be had it fails at last, as disks do, and nothing can be written any more.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.mlaas.database import open_database
from torture.customers.asking import trained
from torture.customers.customers import Customers
from torture.found import Found
from torture.machine.command import NotRefused, refusal
from torture.machine.disk import failing_disk
from torture.parties import PROFILES, party

FULL, BRIEF = 30, 1
TIMES_A_START = TIMES_A_FAILURE = 10
WRITABLE_S, READ_ONLY_S = (0.1, 1.0), (0.2, 1.5)
ARGUMENTS = ("--workers", "1", "--profiles", str(PROFILES))
OF_ALL, OF_NOBODY = 0o700, 0o500


def run(much: int, random: Generator, folder: Path) -> Found:
    counts: Counter[str] = Counter({"times read-only": much})
    wrong = [
        said
        for number in range(much // TIMES_A_START)
        for said in start_refused(folder / f"refused-{number}")
    ]
    counts["starts"] = much // TIMES_A_START
    with (
        party("torture.machine.unprivileged", folder / "data", *ARGUMENTS) as api,
        Customer(api.url) as owner,
    ):
        customers = Customers(api.url, owner.key, trained(owner, "tiny", random))
        with customers.busy(random):
            for _ in range(much):
                time.sleep(random.uniform(*WRITABLE_S))
                with read_only(api.data):
                    time.sleep(random.uniform(*READ_ONLY_S))
                    wrong += unanswered(owner, customers.model)
        customers.settle(owner)
        customers.check(owner, api.data, removable=False)
    wrong, counts = wrong + customers.wrong, counts + customers.counts
    for number in range(much // TIMES_A_FAILURE):
        failed = disk_fails(folder / f"disk-{number}", random)
        counts["disks failed"] += failed is not None
        wrong += failed or []
    done = {what: count for what, count in counts.items() if count}
    done["uploads refused"] = customers.counts["uploads refused"]  # or the folder could be written
    return Found(done, wrong)


def start_refused(data: Path) -> list[str]:
    """Of a provider whose database is somebody else's to write."""
    open_database(data).dispose()
    (data / "mlaas.sqlite").chmod(0o400)
    try:
        said = refusal(
            "torture.machine.unprivileged", "serve", "--port", "0", "--data", str(data), *ARGUMENTS
        )
    except NotRefused as error:
        return [str(error)]
    return [] if "let this user write there" in said else [f"no remedy is named: {said}"]


@contextmanager
def read_only(data: Path) -> Iterator[None]:
    """The folders are, and what is in them stays; the database is open already, and may be written."""
    folders = [data, *(path for path in data.iterdir() if path.is_dir())]
    for folder in folders:
        folder.chmod(OF_NOBODY)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(OF_ALL)


def unanswered(owner: Customer, model: str) -> list[str]:
    paths = ("/v1/usage", f"/v1/models/{model}", "/v1/datasets", "/livez")
    answers = [(path, owner.get(path)) for path in paths]
    return [
        f"{path} is not read: {one.status_code} {one.text[:200]}" for path, one in answers if one.is_error
    ]


def disk_fails(folder: Path, random: Generator) -> list[str] | None:
    """What customers are told wrongly when it does; None where no disk can be had for that.

    What such a disk still keeps of what it said it had is its own affair.
    """
    with failing_disk(folder) as fail:
        if fail is None:
            return None
        with (
            party("torture.machine.unprivileged", folder / "data", *ARGUMENTS) as api,
            Customer(api.url) as owner,
        ):
            customers = Customers(api.url, owner.key, trained(owner, "tiny", random))
            with customers.busy(random):
                time.sleep(random.uniform(*WRITABLE_S))
                fail()
                time.sleep(random.uniform(*READ_ONLY_S))
                wrong = unanswered(owner, customers.model)
        return wrong + customers.wrong
