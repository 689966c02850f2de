"""Seconds at full load: 32 connections with questions of all sizes in JSON and NPY, uploads, trainings,
deletions, looks, mistakes, and now and then a game.

Counts must be exact, a day later nothing may be left of what was deleted, descriptors must be given back, the
WAL must stay bounded, and memory must not grow: wrong is a growth, after the first third, whose interval lies
above BOUND an hour as a whole.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from numpy.random import Generator

from benchmarks.speed.processes import told
from services.challenger import client
from services.mlaas.database import open_database
from services.mlaas.leftovers import OLD_S, sweep
from services.mlaas.storage import storage_at
from torture.books import Books
from torture.contests.sight import submission
from torture.customers.samples import Samples, held
from torture.customers.traffic import Seen, traffic
from torture.found import Found
from torture.parties import party, provider

FULL, BRIEF = 1_800, 10
CONNECTIONS, TRAINERS = 32, 2
EVERY_S = 3.0
LONG_S = 600  # from here on a growth can be told from noise
BOUND = 0.05  # of the resident memory, an hour
MOST_WAL_MIB = 64.0  # the journal_size_limit of a database
MOST_MORE_DESCRIPTORS = 48  # when all customers have gone: connections to the database that are kept
MOST_MORE_OF_WORKER = 8  # after the first third
BETWEEN_GAMES_S = 20.0
GAME = {"dataset": "digits", "profile": "tiny", "members": 50}
CACHE_BYTES = 2**16  # some 20 of the small models: it is full, and models leave it, all the time
PERCENTILES = (50, 90, 99, 99.9, 100)


def run(much: int, random: Generator, folder: Path) -> Found:
    with told(MLAAS_CACHE_BYTES=str(CACHE_BYTES)), provider(folder / "provider") as mlaas:
        assert mlaas.process is not None
        samples = Samples(mlaas.process.pid, mlaas.data, every_s=min(EVERY_S, much / 20))
        before = held([mlaas.process.pid])
        with (
            games(folder, mlaas.url) as played,
            traffic(mlaas.url, CONNECTIONS, TRAINERS, random) as seen,
            samples.taken(),
        ):
            time.sleep(much)
        more = held([mlaas.process.pid]).descriptors - before.descriptors
    wrong = [*seen.wrong, *miscounted(seen, Books(mlaas.data)), *left_a_day_later(Books(mlaas.data))]
    growth = {kind: samples.growth(kind) for kind in samples.held} if much >= LONG_S else {}
    wrong += [f"the memory of {kind} grows: {one}" for kind, one in growth.items() if one.low > BOUND]
    wrong += [f"no {kind} was seen" for kind, all_held in samples.held.items() if not all_held[-1].threads]
    of_worker = [one.descriptors for one in samples.held["worker"]]
    if of_worker[-1] > of_worker[len(of_worker) // 3] + MOST_MORE_OF_WORKER:
        wrong.append(f"the worker has {of_worker[-1]} descriptors open, and had {of_worker[0]}")
    if more > MOST_MORE_DESCRIPTORS:
        wrong.append(f"{more} more descriptors are open when all customers have gone")
    if (wal := max(samples.wal_mib)) > MOST_WAL_MIB:
        wrong.append(f"the WAL grew to {wal:.0f} MiB")
    return Found(
        done={**seen.done, "games": len(played)},
        wrong=wrong,
        measured={
            **{f"memory of {kind}": str(one) for kind, one in growth.items()},
            **{
                f"resident MiB of {kind}": span([one.resident_mib for one in samples.held[kind]])
                for kind in samples.held
            },
            "descriptors of the API": span([one.descriptors for one in samples.held["API"]]),
            "descriptors of the worker": span(of_worker),
            "threads of the API": span([one.threads for one in samples.held["API"]]),
            "files": span(samples.files),
            "WAL, MiB at most": wal,
            "predictions, ms": latencies(seen),
            "predictions/s in the first and the last tenth": tenths(seen),
        },
    )


@contextmanager
def games(folder: Path, provider_url: str) -> Iterator[list[str]]:
    """One after the other with pauses, in the background: those that were closed."""
    over, played = threading.Event(), list[str]()
    more = ("--provider", provider_url, "--datasets", str(folder / "datasets"))
    with party("services.challenger", folder / "challenger", *more) as challenger:

        def play_on() -> None:
            while not over.is_set():
                played.append(play(challenger.url))
                over.wait(BETWEEN_GAMES_S)

        with ThreadPoolExecutor(1) as thread:
            under_way = thread.submit(play_on)
            try:
                yield played
            finally:
                over.set()
        under_way.result()


def play(url: str) -> str:
    """A game from its creation to its end, with a submission."""
    created = client.create(url, GAME)
    candidates = client.until_prepared(created["url"])["candidates"]
    body = submission(np.arange(candidates)[np.newaxis] % 2 == 0)
    kind = {"Content-Type": "application/json"}
    httpx.post(f"{created['url']}/submissions", content=body, headers=kind, timeout=60).raise_for_status()
    client.close(created["url"], created["owner_key"])
    return str(created["id"])


def miscounted(seen: Seen, books: Books) -> Iterator[str]:
    """Where customers, the log and its sums do not agree; of the games' models, the log and its sums."""
    logged = books.sums()
    summed = {model: tuple(sums) for model, *sums in books.read(SUMS)}
    if logged != summed:
        yield "the sums are not those of the log"
    for model in {model for model, _ in seen.charged}:
        answered = seen.charged[model, "requests"], seen.charged[model, "records"]
        if logged.get(model) != answered:
            yield f"{model} has {logged.get(model)} requests and records in the log; {answered} were answered"


SUMS = "SELECT model_id, sum(requests), sum(records) FROM usage GROUP BY model_id HAVING sum(requests) > 0"


def left_a_day_later(books: Books) -> Iterator[str]:
    """Files of what is deleted, parts of uploads, and what is missing, once the daily sweep was made."""
    age(books.data)
    database = open_database(books.data)
    sweep(storage_at(None, books.data), database)
    database.dispose()
    datasets = books.read("SELECT id FROM dataset WHERE deleted_at IS NULL")
    weights = books.read("SELECT artifact FROM model WHERE deleted_at IS NULL AND artifact IS NOT NULL")
    for folder, known in (("datasets", datasets), ("artifacts", weights), ("uploads", [])):
        files, named = {file.name for file in (books.data / folder).iterdir()}, {name for (name,) in known}
        if files != named:
            more, missing = len(files - named), len(named - files)
            yield f"{more} files of nothing are left in {folder}, and {missing} are missing"


def age(data: Path) -> None:
    """All files are two days old."""
    then = time.time() - 2 * OLD_S
    for file in data.rglob("*"):
        os.utime(file, (then, then))


def span(values: Sequence[float]) -> str:
    return f"{values[0]:.0f} to {values[-1]:.0f}, at most {max(values):.0f}"


def latencies(seen: Seen) -> str:
    found = 1_000 * np.percentile(seen.seconds, PERCENTILES)
    names = [*(f"p{one:g}" for one in PERCENTILES[:-1]), "most"]
    return ", ".join(f"{name} {one:.1f}" for name, one in zip(names, found, strict=True))


def tenths(seen: Seen) -> str:
    counts, edges = np.histogram(seen.at_s, bins=10)
    first, last = (counts[tenth] / (edges[1] - edges[0]) for tenth in (0, -1))
    return f"{first:.0f} and {last:.0f}"
