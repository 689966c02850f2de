"""The JSON documents of the wire that the attacker reads; members it does not know are ignored."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from attacker.client.url import checked_url
from attacker.deployed import Deployed
from attacker.errors import ConfigurationError, UnexpectedAnswer
from attacker.format import FINEST, Feature, Format
from attacker.knowledge import Knowledge, Marginal

T = TypeVar("T")
N = TypeVar("N", int, float)
Document = Mapping[str, Any]
LARGEST = 1e300  # of a number that is meant
MOST_MEMBERS = 10_000_000
MOST_CLASSES = 100_000
MOST_TARGETS = 10_000
MOST_MONEY = 10**12
MOST_COUNT = 2**63
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}")
STATES = ("queued", "training", "ready", "failed", "cancelled")


def member(document: object, name: str, kind: type[T]) -> T:
    """A member that must be there; raises UnexpectedAnswer. Integers are floats, booleans no integers."""
    value = document.get(name) if isinstance(document, Mapping) else None
    if kind is float and type(value) is int and abs(value) < LARGEST:
        value = float(value)
    endless = isinstance(value, float) and not abs(value) < LARGEST
    if not isinstance(value, kind) or endless or (isinstance(value, bool) and kind is not bool):
        raise UnexpectedAnswer(f"A service's answer has no {kind.__name__} {name!r}; is the URL right?")
    return value


def identifier(document: Document, name: str) -> str:
    """What can stand in a URL and on a screen; raises UnexpectedAnswer."""
    value = member(document, name, str)
    if not IDENTIFIER.fullmatch(value):
        raise UnexpectedAnswer(f"A service's answer has {value[:40]!r} for an id; is the URL right?")
    return value


def amount(document: Document, name: str, most: int, kind: type[N]) -> N:
    """A number that is 0 at least; raises UnexpectedAnswer."""
    value = member(document, name, kind)
    if not 0 <= value <= most:
        raise UnexpectedAnswer(
            f"A service's answer has {str(value)[:20]} for {name!r}, which cannot be meant."
        )
    return value


def names(document: Document, name: str) -> tuple[str, ...]:
    """A list of distinct strings; raises UnexpectedAnswer."""
    values = member(document, name, list)
    if not values or not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
        raise UnexpectedAnswer(f"A service's answer should list distinct names under {name!r}.")
    if len(values) > MOST_CLASSES:
        raise UnexpectedAnswer(
            f"A service's answer lists {len(values)} names under {name!r}; so many are none."
        )
    return tuple(values)


def format_of(document: Document) -> Format:
    """The features as their owner declares them, open where it said nothing; raises UnexpectedAnswer."""
    return Format(tuple(feature_of(feature) for feature in member(document, "features", list)))


def feature_of(document: Any) -> Feature:
    if not isinstance(document, Mapping):
        raise UnexpectedAnswer("A service's answer should describe each feature by an object.")
    low, high = (
        member(document, end, float) if document.get(end) is not None else None for end in ("min", "max")
    )
    return Feature(
        str(document.get("name", ""))[:200],
        str(document.get("kind", "real")),
        low,
        high,
        numbers(document, "values"),
    )


def options_of(document: Document) -> dict[str, Any]:
    options = document.get("options")
    return dict(options) if isinstance(options, Mapping) else {}


def shape_of(document: Document) -> tuple[int, ...] | None:
    """The shape of images, None where records are none; raises UnexpectedAnswer."""
    if document.get("shape") is None:
        return None
    shape = member(document, "shape", list)
    if not shape or not all(type(length) is int and 0 < length < MOST_MEMBERS for length in shape):
        raise UnexpectedAnswer("'shape' should list the lengths of an image's sides.")
    if document.get("features") and prod(shape) != len(document["features"]):
        raise UnexpectedAnswer(f"An image of the shape {shape} has not as many features as are described.")
    return tuple(shape)


def numbers(document: Document, name: str) -> tuple[float, ...]:
    """A list of finite numbers, empty where there is none; raises UnexpectedAnswer."""
    found = document.get(name) or []
    if not isinstance(found, list) or not all(
        type(value) in (int, float) and abs(value) < LARGEST for value in found
    ):
        raise UnexpectedAnswer(f"{name!r} should be a list of numbers.")
    if len(found) > FINEST:
        raise UnexpectedAnswer(
            f"{name!r} has {len(found)} numbers, more than the {FINEST} there is room for."
        )
    return tuple(map(float, found))


def knowledge_of(document: Document) -> Knowledge:
    """What a game describes, and a file may: a format, and marginals if it is of that kind.

    Raises UnexpectedAnswer.
    """
    kind, form = member(document, "kind", str), format_of(document)
    marginals = map(marginal_of, document["features"]) if kind == "marginals" else ()
    return Knowledge(kind, form, None, tuple(marginals))


def marginal_of(feature: Document) -> Marginal:
    """Raises UnexpectedAnswer for what is no distribution."""
    told = member(feature, "distribution", dict)
    values, shares, quantiles = (numbers(told, name) for name in ("values", "probabilities", "quantiles"))
    complete = len(values) == len(shares) > 0 and min(shares) >= 0 and abs(sum(shares) - 1) < 1e-6
    if not complete and (len(quantiles) < 2 or list(quantiles) != sorted(quantiles)):
        raise UnexpectedAnswer(f"The marginal of feature {feature.get('name')!r} is no distribution.")
    least, most = feature.get("min"), feature.get("max")
    if (
        least is not None
        and most is not None
        and not least <= min(values + quantiles) <= max(values + quantiles) <= most
    ):
        raise UnexpectedAnswer(f"The marginal of feature {feature.get('name')!r} goes beyond its ends.")
    return Marginal(values if complete else (), shares if complete else (), quantiles)


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
            str(document.get("currency", ""))[:20],
            amount(document, "training", MOST_MONEY, float),
            amount(document, "per_1000_records", MOST_MONEY, float),
        )


@dataclass(frozen=True)
class Model:
    """A model as anyone may see it who may ask it; `classes` and `format` are there once it is ready."""

    id: str
    state: str  # queued, training, ready, failed, cancelled
    profile: str
    classes: tuple[str, ...]
    format: Format
    error: str | None
    options: Document  # shown to the owner only
    shape: tuple[int, ...] | None = None

    @classmethod
    def read(cls, document: Document) -> Self:
        state = member(document, "state", str)
        if state not in STATES:
            raise UnexpectedAnswer(f"A model is in the state {state[:40]!r}, which there is not.")
        error = document.get("error")
        return cls(
            identifier(document, "id"),
            state,
            member(document, "profile", str),
            names(document, "classes") if state == "ready" else (),
            format_of(document) if document.get("features") else Format(()),
            str(error)[:500] if error else None,
            options_of(document),
            shape_of(document),
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
    canaries: int = 0

    @classmethod
    def read(cls, document: Document) -> Self:
        knowledge = document.get("knowledge", "population")
        kind = knowledge.get("kind") if isinstance(knowledge, Mapping) else knowledge
        canaries = document.get("canaries", 0)
        planted = canaries if isinstance(canaries, int) else 0
        return cls(str(kind), str(document.get("access", "disjoint")), planted)


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
    format: Format
    candidates: int
    rules: Rules
    model_ids: tuple[str, ...]
    shape: tuple[int, ...] | None
    document: Document
    deployed: Deployed | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes as the provider names them, which has labels that are integers."""
        return tuple(str(label) for label in range(len(self.classes)))

    @classmethod
    def read(cls, document: Document) -> Self:
        """Only for a game that is open or closed: before, the model is not there."""
        targets = sorted(member(document, "targets", list), key=lambda target: member(target, "index", int))
        if not isinstance(document.get("dataset", ""), str):
            raise UnexpectedAnswer("The game's data set should have a name.")
        members = amount(document, "members", MOST_MEMBERS, int)
        candidates = amount(document, "candidates", 2 * MOST_MEMBERS, int)
        if not members or not candidates or not 0 < len(targets) <= MOST_TARGETS:
            raise UnexpectedAnswer(
                f"The game says that it has {len(targets)} targets, which learn from {members} records, and "
                f"{candidates} candidates."
            )
        return cls(
            identifier(document, "id"),
            member(document, "state", str),
            provider_of(document),
            member(document, "profile", str),
            options_of(document),
            members,
            names(document, "classes"),
            format_of(document),
            candidates,
            Rules.read(member(document, "rules", dict)),
            tuple(identifier(target, "model_id") for target in targets),
            shape_of(document),
            document,
            deployed_in(document),
        )


def deployed_in(document: Document) -> Deployed | None:
    """Where a game's target is, if its provider does not have it; raises UnexpectedAnswer."""
    if document.get("deployed") is None:
        return None
    told = member(document, "deployed", dict)
    optional = {name: told.get(name) for name in ("answers", "template")}
    if not all(text is None or isinstance(text, str) for text in optional.values()):
        raise UnexpectedAnswer("The game's deployed target should be described by texts.")
    return Deployed(
        url_in(told, "url", "The game's target"),
        member(told, "model", str),
        member(told, "dialect", str),
        member(told, "key_header", str),
        amount(told, "records", MOST_MEMBERS, int) if told.get("records") is not None else None,
        **optional,
        words=words_in(document["features"]),
    )


def words_in(features: Sequence[Any]) -> tuple[tuple[str, ...] | None, ...] | None:
    """For each feature the words that it is encoded from; raises UnexpectedAnswer."""
    words = tuple(
        names(feature, "categories") if feature.get("categories") is not None else None
        for feature in features
    )
    return words if any(words) else None


def provider_of(document: Document) -> str:
    """Any host's, for a challenger may use any provider, but by HTTP and without anybody's password.

    Raises UnexpectedAnswer.
    """
    return url_in(document, "provider_url", "The game's provider")


def url_in(document: Document, name: str, whose: str) -> str:
    """Raises UnexpectedAnswer."""
    url = member(document, name, str)
    try:
        parts = urlsplit(checked_url(url))
    except ConfigurationError:
        parts = None
    if parts is None or "@" in parts.netloc or not url.isascii() or not url.isprintable() or " " in url:
        raise UnexpectedAnswer(f"{whose} is at {url[:80]!r}, which is no URL of one.")
    return url
