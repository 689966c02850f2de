"""Requests generated from both OpenAPI documents, valid and not, from callers of every kind, about what
exists and what does not.

No answer is a server's error, or has a status, a media type, a header or a shape that the document does not
tell of; no error is longer than 64 KiB.
"""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path

import httpx
from numpy.random import Generator

from torture.customers.existing import about_a_challenger, about_a_provider
from torture.customers.tenants import Keys
from torture.described.narrowed import Schema
from torture.described.plans import Answers, Plan, carried_out
from torture.found import Found
from torture.parties import party, provider

FULL, BRIEF = 21_000, 200
AT_ONCE = 2
MOST_OF_A_PLAN = 1_000


def run(much: int, random: Generator, folder: Path) -> Found:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, spawn) as asking:
        for _ in range(AT_ONCE):
            asking.submit(import_module, "torture.described.generated")  # while the parties start
        with provider(folder / "provider") as mlaas:
            data = folder / "challenger"
            with party("services.challenger", data, "--provider", mlaas.url) as challenger:
                plans = [
                    at_provider(mlaas.url, mlaas.data, much // 2, random),
                    at_challenger(challenger.url, much - much // 2, random),
                ]
                answers = list(asking.map(carried_out, shares(plans, random)))
    return found([plan.documents[0] for plan in plans], answers)


def at_provider(url: str, data: Path, much: int, random: Generator) -> Plan:
    keys = Keys.at(url, data)
    documents = (document_of(url), about_a_provider(url, keys.owner, random))
    callers = (None, *2 * (keys.owner,), keys.predict_only, keys.admin, keys.stranger, keys.revoked)
    return Plan(url, documents, callers, much)


def at_challenger(url: str, much: int, random: Generator) -> Plan:
    about_games, (key, key_of_another) = about_a_challenger(url, random)
    return Plan(url, (document_of(url), about_games), (None, key, key_of_another, key + "x"), much)


def document_of(url: str) -> Schema:
    document: Schema = httpx.get(f"{url}/openapi.json").raise_for_status().json()
    return document


def shares(plans: Sequence[Plan], random: Generator) -> Iterator[Plan]:
    """Of each so much that it is done in a while, in turn."""
    counts = [max(1, -(-plan.requests // MOST_OF_A_PLAN)) for plan in plans]
    for number in range(max(counts)):
        for plan, count in zip(plans, counts, strict=True):
            if number < count:
                much = plan.requests * (number + 1) // count - plan.requests * number // count
                yield plan.share(much, int(random.integers(2**31)))


def found(documents: Sequence[Schema], answers: Sequence[Answers]) -> Found:
    statuses = sum((one.statuses for one in answers), Counter[tuple[str, int]]())
    described = set().union(*map(described_by, documents))
    seen = described & set(statuses)
    operations = {label for label, _ in described}
    never = operations - {label for label, status in statuses if status < 400}
    return Found(
        done={
            "requests": statuses.total(),
            "operations": len(operations),
            "operations that succeeded": len(operations - never),
            "statuses of operations": len(seen),
        },
        wrong=[wrong for one in answers for wrong in one.wrong],
        measured={
            "operations that never succeeded": ", ".join(sorted(never)) or "none",
            "statuses described, of operations": float(len(described)),
        },
    )


def described_by(document: Schema) -> set[tuple[str, int]]:
    """The operations and their statuses."""
    return {
        (f"{method.upper()} {path}", int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
    }
