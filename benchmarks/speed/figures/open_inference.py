"""Batches of 1,000 records by the Open Inference Protocol: tensors in binary against the same in JSON.

One server, one model, one client (wrk, on the other core), the ledger behind both.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.speed.alternating import alternating
from benchmarks.speed.cores import on_core
from benchmarks.speed.figure import Figure
from benchmarks.speed.provider import FEATURES, Provider, provider, random_records
from benchmarks.speed.wrk import Request

BATCH, CONNECTIONS, SECONDS = 1_000, 4, 4
SERVER, LOAD = 0, 1  # cores


KINDS = {"real features": "FP32", "binary features": "UINT8"}
BARS = {"real features": 5.0}  # zeros and ones are short in JSON, too


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with ExitStack() as stack:
        with on_core(SERVER):
            asked = stack.enter_context(provider(folder / "provider"))
        found = alternating(
            rounds,
            {
                (kind, way): partial(records_per_s, asked, request(asked, records_of(kind), datatype))
                for kind, datatype in KINDS.items()
                for way, request in (("binary", in_binary), ("json", in_json))
            },
        )
    return [
        Figure(
            f"open inference, {kind}",
            f"predictions over /v2, {datatype} in binary, {BATCH:,} records of {FEATURES} {kind} a request",
            "the same over /v2 in JSON, same server",
            "records/s",
            "more",
            found[kind, "binary"],
            found[kind, "json"],
            bar=BARS.get(kind),
        )
        for kind, datatype in KINDS.items()
    ]


def records_per_s(asked: Provider, request: Request) -> float:
    with on_core(LOAD):
        return BATCH * asked.answered(request, CONNECTIONS, SECONDS).requests_per_s


def records_of(kind: str) -> NDArray[Any]:
    if kind == "binary features":
        return random_records(BATCH, FEATURES)
    return np.random.default_rng(1).normal(size=(BATCH, FEATURES)).astype("<f4")


def in_binary(asked: Provider, records: NDArray[Any], datatype: str) -> Request:
    raw = records.tobytes()
    head = written(datatype, {"parameters": {"binary_data_size": len(raw)}}, {"binary_data": True})
    return inference(asked, head + raw, {"Inference-Header-Content-Length": str(len(head))})


def in_json(asked: Provider, records: NDArray[Any], datatype: str) -> Request:
    """Each number by as many digits as tell it from all others, as clients write them."""
    body = written(
        datatype,
        {"data": orjson.Fragment(orjson.dumps(records.ravel(), option=orjson.OPT_SERIALIZE_NUMPY))},
        {},
    )
    return inference(asked, body, {"Content-Type": "application/json"})


def written(datatype: str, tensor: dict[str, Any], output: dict[str, Any]) -> bytes:
    records = {"name": "records", "shape": [BATCH, FEATURES], "datatype": datatype}
    outputs = [{"name": "predict_proba", "parameters": output}]
    return orjson.dumps({"inputs": [records | tensor], "outputs": outputs})


def inference(asked: Provider, body: bytes, headers: dict[str, str]) -> Request:
    credentials = {"Authorization": f"Bearer {asked.key}"}
    return Request(f"{asked.url}/v2/models/{asked.model}/infer", body, headers | credentials)
