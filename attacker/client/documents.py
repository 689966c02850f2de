"""The JSON documents of the wire that the attacker reads; members it does not know are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from attacker.errors import UnexpectedAnswer

T = TypeVar("T")
Document = Mapping[str, Any]


def member(document: Document, name: str, kind: type[T]) -> T:
    """A member that must be there; raises UnexpectedAnswer. Integers are floats, booleans no integers."""
    value = document.get(name)
    if kind is float and type(value) is int:
        value = float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UnexpectedAnswer(f"A service's answer has no {kind.__name__} {name!r}; is the URL right?")
    return value


def names(document: Document, name: str) -> tuple[str, ...]:
    """A list of distinct strings; raises UnexpectedAnswer."""
    values = member(document, name, list)
    if not values or not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
        raise UnexpectedAnswer(f"A service's answer should list distinct names under {name!r}.")
    return tuple(values)


@dataclass(frozen=True)
class Limits:
    """The most that one predict request may carry."""

    records: int
    npy_bytes: int

    @classmethod
    def read(cls, document: Document) -> Self:
        limits = member(document, "limits", dict)
        records, npy_bytes = member(limits, "predict_records", int), member(limits, "predict_npy_bytes", int)
        if min(records, npy_bytes) < 1:
            raise UnexpectedAnswer("The service says that it takes no records at all.")
        return cls(records, npy_bytes)


@dataclass(frozen=True)
class Price:
    """What a profile costs, in `currency`: a training, and a thousand records asked."""

    currency: str
    training: float
    per_1000_records: float

    @classmethod
    def read(cls, document: Document) -> Self:
        return cls(
            str(document.get("currency", "")),
            member(document, "training", float),
            member(document, "per_1000_records", float),
        )


@dataclass(frozen=True)
class Model:
    """A model as anyone may see it who may ask it; `classes` and `features` are there once it is ready."""

    id: str
    state: str  # queued, training, ready, failed, cancelled
    profile: str
    classes: tuple[str, ...]
    features: int | None
    error: str | None
    options: Document  # shown to the owner only

    @classmethod
    def read(cls, document: Document) -> Self:
        state = member(document, "state", str)
        features = document.get("features")
        error = document.get("error")
        return cls(
            member(document, "id", str),
            state,
            member(document, "profile", str),
            names(document, "classes") if state == "ready" else (),
            len(features) if isinstance(features, list) and features else None,
            str(error)[:500] if error else None,
            dict(document.get("options") or {}),
        )


@dataclass(frozen=True)
class Count:
    """What a model was asked, by one account."""

    requests: int
    records: int

    def __sub__(self, other: "Count") -> "Count":
        return Count(self.requests - other.requests, self.records - other.records)


@dataclass(frozen=True)
class Rules:
    """A game's rules as far as the attacker plays by them."""

    knowledge: str
    access: str

    @classmethod
    def read(cls, document: Document) -> Self:
        knowledge = document.get("knowledge", "population")
        kind = knowledge.get("kind") if isinstance(knowledge, Mapping) else knowledge
        return cls(str(kind), str(document.get("access", "disjoint")))


@dataclass(frozen=True)
class GameDocument:
    """A game as its challenger shows it; `document` is the whole of it, for the record."""

    id: str
    state: str  # preparing, open, closed, failed
    provider_url: str
    profile: str
    options: Document
    members: int
    classes: tuple[str, ...]
    features: int
    candidates: int
    rules: Rules
    model_ids: tuple[str, ...]
    document: Document

    @classmethod
    def read(cls, document: Document) -> Self:
        """Only for a game that is open or closed: before, the model is not there."""
        targets = sorted(member(document, "targets", list), key=lambda target: member(target, "index", int))
        return cls(
            member(document, "id", str),
            member(document, "state", str),
            member(document, "provider_url", str),
            member(document, "profile", str),
            dict(document.get("options") or {}),
            member(document, "members", int),
            names(document, "classes"),
            len(member(document, "features", list)),
            member(document, "candidates", int),
            Rules.read(member(document, "rules", dict)),
            tuple(member(target, "model_id", str) for target in targets),
            document,
        )
