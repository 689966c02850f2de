"""How time and memory grow: with shadow models, records asked, connections; and round after round."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np

from benchmarks.speed.alternating import alternating
from benchmarks.speed.customer import Customer
from benchmarks.speed.figure import Figure, curve, straight
from benchmarks.speed.processes import descendants, most_resident_mib, resident_mib, started_here, told
from benchmarks.speed.provider import Provider, provider
from benchmarks.speed.wrk import Load, Request
from services.challenger.dataset import load
from services.challenger.settings import Settings
from services.parties import options

SHADOWS = (8, 16, 32, 64, 128, 256)
RECORDS = (1_000, 3_000, 10_000, 30_000, 100_000)
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
DATASET, MEMBERS = "digits", 200  # small models: their number is what counts
MOST_A_REQUEST, SECONDS = 10_000, 3
CACHE_BYTES = 2**24  # for loaded models: it is full in the first round, and what grows then is a leak
NO_STEP, NO_LEAK = 0.8, 0.95
T = TypeVar("T")


@dataclass(frozen=True)
class Audit:
    """What an audit took, and the memory of its processes: the attacker's most, the others' at its end."""

    seconds: float
    attacker_mib: float
    server_mib: float
    workers_mib: float


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    write_records(folder)
    with ExitStack() as stack:
        with told(MLAAS_CACHE_BYTES=str(CACHE_BYTES)):
            asked = stack.enter_context(provider(folder / "provider", workers=os.cpu_count() or 1))
        target, number = trained(asked.url, folder), itertools.count()
        audits = by_round(rounds, SHADOWS, lambda size: audit(asked, target, size, folder, next(number)))
        seconds = by_round(rounds, RECORDS, partial(predicted, asked))
        loads = by_round(rounds, CONNECTIONS, partial(asked.answered, asked.json(), seconds=SECONDS))
    return [*of_shadows(audits), of_records(seconds), *of_connections(loads), *of_memory(audits)]


def by_round(rounds: int, sizes: Sequence[int], measured: Callable[[int], T]) -> list[tuple[T, ...]]:
    """A row a round, a value for each size."""
    found = alternating(rounds, {str(size): partial(measured, size) for size in sizes})
    return list(zip(*found.values(), strict=True))


def of_shadows(audits: Sequence[Sequence[Audit]]) -> list[Figure]:
    seconds = [[one.seconds for one in row] for row in audits]
    memory = [[one.attacker_mib for one in row] for row in audits]
    what = f"audit over HTTP with {SHADOWS[0]} to {SHADOWS[-1]} shadow models of {MEMBERS} records"
    return [
        straight(
            "growth with shadow models",
            what,
            "s",
            curve("shadow models", "seconds, the whole audit", SHADOWS, seconds),
            seconds,
        ),
        straight(
            "memory with shadow models",
            "the attacker's memory in it",
            "MiB",
            curve("shadow models", "the attacker's memory, MiB", SHADOWS, memory),
            memory,
        ),
    ]


def of_records(seconds: Sequence[Sequence[float]]) -> Figure:
    return straight(
        "growth with records",
        f"predictions for {RECORDS[0]:,} to {RECORDS[-1]:,} records, at most {MOST_A_REQUEST:,} a request",
        "s",
        curve("records", "seconds until answered", RECORDS, seconds),
        seconds,
    )


def of_connections(loads: Sequence[Sequence[Load]]) -> list[Figure]:
    slowest = [[one.p99_s for one in row] for row in loads]
    rates = [[one.requests_per_s for one in row] for row in loads]
    return [
        straight(
            "growth with connections",
            f"99th percentile of the latency, single records, {CONNECTIONS[0]} to {CONNECTIONS[-1]} clients",
            "s",
            curve("connections", "99th percentile, seconds", CONNECTIONS, slowest),
            slowest,
        ),
        Figure(
            "throughput with connections",
            f"requests answered over {CONNECTIONS[-1]} connections",
            "the best of all numbers of connections",
            "requests/s",
            "more",
            tuple(row[-1] for row in rates),
            tuple(max(row) for row in rates),
            bar=NO_STEP,
            curve=curve("connections", "requests a second", CONNECTIONS, rates),
        ),
    ]


def of_memory(audits: Sequence[Sequence[Audit]]) -> list[Figure]:
    trained = sum(SHADOWS)
    held = {
        "provider's server": [max(one.server_mib for one in row) for row in audits],
        "training processes": [max(one.workers_mib for one in row) for row in audits],
    }
    return [
        Figure(
            f"memory of the {who}",
            f"memory of the {who}, round after round of {trained} models",
            "the first round",
            "MiB",
            "less",
            tuple(rounds),
            (rounds[0],) * len(rounds),
            bar=NO_LEAK,
        )
        for who, rounds in held.items()
    ]


def write_records(folder: Path) -> None:
    records = load(DATASET, Settings().datasets)
    table = np.column_stack([records.labels, records.features]).astype(np.uint8)
    rows = np.random.default_rng(1).permutation(table)
    np.save(folder / "candidates.npy", rows[: 2 * MEMBERS])
    np.save(folder / "population.npy", rows[2 * MEMBERS :])


def trained(url: str, folder: Path) -> str:
    with Customer(url) as owner:
        members = np.load(folder / "candidates.npy")[:MEMBERS]
        model = owner.train(owner.upload(members), "neural_network")
        owner.wait(model)
        owner.share(model)
        return model


def audit(asked: Provider, target: str, shadows: int, folder: Path, number: int) -> Audit:
    given = {name: folder / f"{name}.npy" for name in ("candidates", "population")}
    said = {"url": asked.url, "model": target, "training-size": MEMBERS, "shadows": shadows, "seed": number}
    said |= {"attacks": "loss_threshold", "out": folder / f"run-{number}"}
    command = [sys.executable, "-m", "attacker", "audit", *options(said | given), "--quiet"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        most = most_resident_mib(process)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    [server] = started_here(f"services.mlaas serve --until-stdin-closes --data {asked.data}")
    workers = resident_mib(descendants(server))
    return Audit(seconds, most, resident_mib([server]), workers)


def predicted(asked: Provider, records: int) -> float:
    """Seconds until one customer has all answers, request after request over one connection."""
    sizes = [min(MOST_A_REQUEST, records - start) for start in range(0, records, MOST_A_REQUEST)]
    requests: dict[int, Request] = {size: asked.npy(size, "u1") for size in set(sizes)}
    with httpx.Client(timeout=60) as client:
        began = time.perf_counter()
        for size in sizes:
            one = requests[size]
            client.post(one.url, content=one.body, headers=one.headers).raise_for_status()
        return time.perf_counter() - began
