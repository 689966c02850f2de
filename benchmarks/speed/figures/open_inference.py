"""The Open Inference Protocol: tensors in binary against the same numbers in JSON.

Two kinds of records: bits in UINT8, as all other figures have them, and real numbers in FP32. An answer comes
as its question was put. JSON is as short as it can be: no spaces, and no more digits than FP32 needs.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure
from benchmarks.speed.provider import FEATURES, Provider, provider, random_records
from benchmarks.speed.wrk import Request

BATCH, CONNECTIONS, SECONDS = 1_000, 4, 4
BARS = {"FP32": 5.0, "UINT8": None}
BITS = "a bit takes two characters, and most of the time in binary is the model's own"


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with provider(folder / "provider") as asked:
        found = alternating(
            rounds,
            {way: partial(records_per_s, asked, question) for way, question in questions(asked).items()},
        )
    return [
        Figure(
            f"tensors of {datatype}",
            f"Open Inference Protocol, {datatype} in binary, {BATCH:,} records of {FEATURES} features",
            "the same numbers in JSON, the same server and client",
            "records/s",
            "more",
            found[f"{datatype} in binary"],
            found[f"{datatype} in JSON"],
            bar=bar,
            note="" if bar else BITS,
        )
        for datatype, bar in BARS.items()
    ]


def questions(asked: Provider) -> dict[str, Request]:
    real = np.random.default_rng(1).normal(size=(BATCH, FEATURES)).astype("<f4")
    tables = {"UINT8": random_records(BATCH, FEATURES), "FP32": real}
    return {
        f"{datatype} in {way}": asked.tensor(table, datatype, binary=way == "binary")
        for datatype, table in tables.items()
        for way in ("binary", "JSON")
    }


def records_per_s(asked: Provider, question: Request) -> float:
    return BATCH * asked.answered(question, CONNECTIONS, SECONDS).requests_per_s
