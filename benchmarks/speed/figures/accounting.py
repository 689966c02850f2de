"""What the ledger costs: the provider, against the same provider with a ledger that charges nothing."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure
from benchmarks.speed.provider import Provider, provider
from benchmarks.speed.wrk import Request, load

BATCH, SECONDS = 1_000, 4
AT_LEAST = 0.9  # of the throughput without
WITHOUT = "the same server, a ledger that charges nothing"
EXPLAINED = "each answer waits for a synchronous write, which those that wait together share"


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with ExitStack() as stack:
        charging = stack.enter_context(provider(folder / "with"))
        uncharged = stack.enter_context(provider(folder / "without", "benchmarks.speed.uncharged"))

        def with_ledger(request: Request, connections: int) -> float:
            return charging.answered(request, connections, SECONDS).requests_per_s

        def without(request: Request, connections: int) -> float:
            return load(folder, request, connections, SECONDS).requests_per_s

        found = alternating(
            rounds,
            {
                "batches": partial(with_ledger, charging.npy(BATCH, "u1"), 4),
                "batches without": partial(without, uncharged.npy(BATCH, "u1"), 4),
                "singles": partial(with_ledger, charging.json(), 16),
                "singles without": partial(without, uncharged.json(), 16),
            },
        )
        check(uncharged)
    return [
        Figure(
            "accounting of batches",
            f"with the durable ledger, predictions for {BATCH:,} records a request (NPY)",
            WITHOUT,
            "requests/s",
            "more",
            found["batches"],
            found["batches without"],
            bar=AT_LEAST,
        ),
        Figure(
            "accounting of single records",
            "with the durable ledger, predictions for single records (JSON), 16 connections",
            WITHOUT,
            "requests/s",
            "more",
            found["singles"],
            found["singles without"],
            note=EXPLAINED,
        ),
    ]


def check(uncharged: Provider) -> None:
    if uncharged.logged():
        raise RuntimeError("the ledger that charges nothing has charged: two alike were compared")
