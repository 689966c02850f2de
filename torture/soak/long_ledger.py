"""Rows in the ledger of a provider, which is then asked for all that looks into them, beside one with none.

`GET /v1/usage` must be answered within USAGE_MS, its 99th percentile too, and predictions as fast as with an
empty ledger: wrong is a ratio whose interval lies below LEAST_RATIO as a whole. With fewer rows than MANY
nothing is judged by time, but sums and retries are, as always.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

from benchmarks.speed.alternating import alternating
from services.mlaas.database import now_ms
from services.parties import command
from torture.books import Books
from torture.customers.filling import copies, fill
from torture.customers.looking import Lookers, Looking, Milliseconds
from torture.customers.pace import Pace, Ratio, ratio
from torture.found import Found
from torture.parties import provider

FULL, BRIEF = 10_000_000, 100_000
MANY = 1_000_000
ACCOUNTS, MODELS = 100, 40  # each account asks each model, some much more than others
USAGE, USAGE_MS, LEAST_RATIO = "GET /v1/usage", 50.0, 0.9
LOOKS, ROUNDS, SECONDS = 300, 16, 2.0
FEW_LOOKS, FEW_ROUNDS, SHORT_S = 20, 2, 0.2
SUMS = "SELECT model_id, sum(requests), sum(records) FROM usage GROUP BY model_id HAVING sum(requests) > 0"
LEAST_ASKED = "SELECT model_id FROM usage GROUP BY model_id ORDER BY sum(requests) LIMIT 1"
OLD_KEYS = (
    "SELECT idempotency_key FROM query WHERE account_id = ? AND idempotency_key LIKE 'filled-%' LIMIT ?"
)


def run(much: int, random: Generator, folder: Path) -> Found:
    judged, data = much >= MANY, folder / "full"
    looks, rounds, seconds = (LOOKS, ROUNDS, SECONDS) if judged else (FEW_LOOKS, FEW_ROUNDS, SHORT_S)
    who = Lookers.of(folder / "empty", random)
    shutil.copytree(folder / "empty", data)
    filled(data, who, much)
    size = (data / "mlaas.sqlite").stat().st_size
    began = time.monotonic()
    with provider(data, 0) as server:
        times_s = {"start": time.monotonic() - began}
        full = Looking(server, who)
        with provider(folder / "empty", 0) as other:
            both = {"full": full, "empty": Looking(other, who)}
            keyed, plain = (in_turn(both, rounds, seconds, keys) for keys in (random, None))
        times_ms, wrong = looked(full, much, looks, random)
    if judged:
        times_s |= commanded(data, much)
    wrong += unequal(Books(data))
    ratios = {
        "predictions/s with keys": of_paces(keyed, "per_s"),
        "predictions/s": of_paces(plain, "per_s"),
        "processor time of a prediction with a key": of_paces(keyed, "processor_us"),
        "processor time of a prediction": of_paces(plain, "processor_us"),
    }
    if judged:
        wrong += slow(times_ms[USAGE], ratios)
    answered = sum(pace.answered for paces in (keyed, plain) for each in paces.values() for pace in each)
    return Found(
        done={"rows": much, "predictions": answered, "looks": sum(map(len, times_ms.values()))},
        wrong=wrong,
        measured={
            "MiB": size / 2**20,
            **{f"{name}, s": value for name, value in times_s.items()},
            **{f"{name}, ms": percentiles(found) for name, found in times_ms.items()},
            **{f"{name}, in that of an empty ledger": str(one) for name, one in ratios.items()},
            "predictions/s with an empty ledger": float(np.median([pace.per_s for pace in plain["empty"]])),
        },
    )


def filled(data: Path, who: Lookers, rows: int) -> None:
    """By many accounts, of which the customer's asks the most."""
    accounts = [who.account, *copies(data, "account", who.account, ACCOUNTS - 1)]
    models = [who.question.model, *copies(data, "model", who.question.model, MODELS - 1)]
    fill(data, rows, [(account, model) for account in accounts for model in models], now_ms())


def commanded(data: Path, rows: int) -> dict[str, float]:
    """How long the operator's commands take, in seconds."""
    found = {}
    for words in ("usage", "usage --suspicious", f"queries --after {rows - 100}"):
        began = time.monotonic()
        command("services.mlaas", *words.split(), "--data", str(data))
        found[f"mlaas {words}"] = time.monotonic() - began
    return found


def in_turn(
    both: Mapping[str, Looking], rounds: int, seconds: float, keys: Generator | None
) -> dict[str, tuple[Pace, ...]]:
    return alternating(rounds, {name: partial(one.pace, seconds, keys) for name, one in both.items()})


def of_paces(paces: Mapping[str, tuple[Pace, ...]], figure: str) -> Ratio:
    return ratio(*([getattr(pace, figure) for pace in paces[name]] for name in ("full", "empty")))


def looked(
    full: Looking, rows: int, many: int, random: Generator
) -> tuple[dict[str, Milliseconds], list[str]]:
    """How long each look took, in milliseconds, and what was not as it should be."""
    books = Books(full.server.data)
    [(least,)] = books.read(LEAST_ASKED)
    old_keys = [key for (key,) in books.read(OLD_KEYS, [full.who.account, many])]
    again, charged = full.retries(many, random)
    refused, answered = full.conflicts(old_keys)
    return {
        USAGE: full.usage(many),
        "the first page of the log": full.page(0, many),
        "a late one": full.page(rows - 1_000, many),
        "the first page of a model that is little asked": full.page(0, many, least),
        "a late one of it": full.page(rows // 2, many, least),
        "a retry": again,
        "an old key with another question": refused,
    }, charged + answered


def unequal(books: Books) -> Iterator[str]:
    if books.sums() != {model: tuple(sums) for model, *sums in books.read(SUMS)}:
        yield "the sums are not those of the log"


def slow(usage: Milliseconds, ratios: Mapping[str, Ratio]) -> Iterator[str]:
    if (late := float(np.percentile(usage, 99))) > USAGE_MS:
        yield f"{USAGE} takes up to {late:.0f} ms"
    for name, one in ratios.items():
        if name.startswith("predictions/s") and one.high < LEAST_RATIO:
            yield f"{name} are {one} of those with an empty ledger"


def percentiles(found: Milliseconds) -> str:
    return f"{np.median(found):.1f}, p99 {np.percentile(found, 99):.1f}"
