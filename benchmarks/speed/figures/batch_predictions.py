"""Batches of 4,096 records over HTTP, in the ledger before they are answered, against the forward pass alone.

The provider and the bare pass take turns on one core, wrk has the other. The bare pass has its records in
memory in the model's own precision, and reads, checks, converts, logs, sends nothing.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import torch

from benchmarks.speed.alternating import alternating
from benchmarks.speed.cores import on_core
from benchmarks.speed.figure import Figure
from benchmarks.speed.provider import FEATURES, Provider, layers, provider, random_records
from services.mlaas.fitted_models.network import Network

BATCH, CONNECTIONS, SECONDS = 4_096, 4, 4
SERVER, LOAD = 0, 1  # cores
BAR = 0.5


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with ExitStack() as stack:
        with on_core(SERVER):
            asked = stack.enter_context(provider(folder / "provider"))
        network = asked.network()
        found = alternating(
            rounds,
            {
                "uint8": lambda: over_http(asked, "u1"),
                "float32": lambda: over_http(asked, "f4"),
                "bare": lambda: bare(network),
            },
        )
    precision = str(network.weights[0].dtype)
    return [
        Figure(
            f"batches of {kind}",
            f"predictions, NPY {kind}, {BATCH:,} records of {FEATURES} features a request, durable ledger",
            f"bare forward pass of the same model, {precision}, same core",
            "records/s",
            "more",
            found[kind],
            found["bare"],
            bar=BAR,
        )
        for kind in ("uint8", "float32")
    ]


def over_http(asked: Provider, dtype: str) -> float:
    with on_core(LOAD):
        return BATCH * asked.answered(asked.npy(BATCH, dtype), CONNECTIONS, SECONDS).requests_per_s


def bare(network: Network) -> float:
    """Records a second of the same two layers and softmax, by torch, in one thread."""
    w1, b1, w2, b2 = map(torch.from_numpy, layers(network).values())
    records = torch.from_numpy(random_records(BATCH, FEATURES)).to(w1.dtype)
    passes, began = 0, time.perf_counter()
    with on_core(SERVER), torch.inference_mode():
        while (seconds := time.perf_counter() - began) < SECONDS / 2:
            torch.softmax(torch.addmm(b2, torch.tanh(torch.addmm(b1, records, w1)), w2), 1)
            passes += 1
    return passes * BATCH / seconds
