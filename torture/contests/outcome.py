"""What a run of the attacker came to, but for what no two runs have alike: names, keys, seconds, bytes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from attacker.store import Store
from services.web.keys import owner_of
from torture.books import Books

OWN = re.compile(r"m-[0-9a-f]{12}-")  # a run's name in those of its shadow models


@dataclass(frozen=True)
class Outcome:
    """By its own file, and by the books of the provider; models by the part that they play.

    judged: scores and decisions by attack. answered: a digest of all answers of a model. costs: records,
    requests and money by phase. charged: requests and records by model. trained: rows by model.
    """

    judged: Mapping[str, tuple[bytes, bytes]]
    answered: Mapping[str, str]
    costs: Mapping[str, tuple[int, int, float]]
    counted: Mapping[str, tuple[int, int]]
    charged: Mapping[str, tuple[int, int]]
    trained: Mapping[str, int]
    datasets: int

    def unlike(self, other: "Outcome") -> Iterator[str]:
        """What differs from an uninterrupted run's, a sentence each."""
        for field in fields(self):
            ours, theirs = getattr(self, field.name), getattr(other, field.name)
            if ours != theirs:
                yield f"{field.name}: {told(ours, theirs)}"


def told(ours: Any, theirs: Any) -> str:
    if not isinstance(ours, Mapping):
        return f"{ours} for {theirs}"
    unlike = [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]
    return "; ".join(f"{name} {str(ours.get(name))[:60]} for {str(theirs.get(name))[:60]}" for name in unlike)


def outcome(folder: Path, books: Books) -> Outcome:
    with Store(folder) as store:
        judged = {one.attack: (one.scores.tobytes(), one.decisions.tobytes()) for one in store.judged()}
        costs = {
            phase: (one.records, one.requests, round(one.money, 9)) for phase, one in store.costs().items()
        }
        counts = {part(model): (one.requests, one.records) for model, one in store.counts().items()}
        answered = {part(model): digest(store.answers_of(model)) for model in store.counts()}
        account = owner_of(store.fact("api_key"))
    charged = books.read(
        "SELECT model_id, count(*), sum(records) FROM query WHERE account_id = ? GROUP BY model_id", [account]
    )
    trained = books.read("SELECT id, training_rows FROM model WHERE account_id = ?", [account])
    [(datasets,)] = books.read("SELECT count(*) FROM dataset WHERE account_id = ?", [account])
    return Outcome(
        judged,
        answered,
        costs,
        counts,
        {part(model): (requests, records) for model, requests, records in charged},
        {part(model): rows for model, rows in trained},
        datasets,
    )


def part(model: str) -> str:
    return OWN.sub("", model)


def digest(answers: Mapping[bytes, bytes]) -> str:
    return sha256(b"".join(record + answer for record, answer in sorted(answers.items()))).hexdigest()[:16]
