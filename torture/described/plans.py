"""How many requests are to be generated from which documents, for a process that does it, and what came."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from torture.described.narrowed import Schema


@dataclass(frozen=True)
class Plan:
    """`requests` to `url`, each as one of `documents` describes it, with one of `keys`; None: with none."""

    url: str
    documents: Sequence[Schema]
    keys: Sequence[str | None]
    requests: int
    seed: int = 0

    def share(self, requests: int, seed: int) -> Self:
        return replace(self, requests=requests, seed=seed)


@dataclass
class Answers:
    """How many by operation and status, and what was wrong with some."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def carried_out(plan: Plan) -> Answers:
    from torture.described.generated import ask

    return ask(plan)
