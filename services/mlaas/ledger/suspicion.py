"""Whether what one account asked of one model looks like a search: pure arithmetic on its sketches.

Ordinary records are near each other only as far as their classes are; about the middle of its class, one lies
in this direction and another in that. Copies of a record with some values changed, and the proposals of a
search that goes on from its last answer, lie in the same direction, however sparse or dense the records are.
Who spreads a search over accounts, or mixes its questions, is not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.mlaas.ledger.sketch import HEAD, Sketches, places

Floats = NDArray[np.float64]

NEAR = 2.25  # times the usual squared distance of two records of a class: farther ones have nothing in common
WEIGHT = 5  # a class's centre counts as many records at the centre of all
LAGS = (1, 2, 3, 4)  # requests back: searches may take turns
LEAST = 24  # pairs to judge by
STRETCH = 128  # pairs judged together: a search is seen within much ordinary use
ORDINARY = 0.1  # mean similarity that neighbours in sorted records come to; measured at most 0.08
ERRORS = 4  # standard errors above that
OFTEN = 4  # times as often as its training records repeat each other


@dataclass(frozen=True, eq=False)
class Ordinary:
    """A model's own training records, as the measure of what is near.

    centres: the classes' mean sketches (C, WIDTH). usual: the mean squared distance of two records of one
    class. times: how often a distinct record occurs.
    """

    centres: Floats
    usual: float
    times: float

    @classmethod
    def of(cls, sketches: Sketches, labels: NDArray[Any]) -> Self:
        """From the sketches (N, WIDTH) of training records and their classes (N,)."""
        values, (classes, codes) = sketches.astype(np.float64), np.unique(labels, return_inverse=True)
        sums = np.zeros((len(classes), values.shape[1]))
        np.add.at(sums, codes, values)
        counts = np.bincount(codes)[:, np.newaxis]
        centres = (sums + WEIGHT * values.mean(axis=0)) / (counts + WEIGHT)
        spread = ((values - centres[codes]) ** 2).sum(axis=1).mean()
        return cls(centres, 2 * float(spread), occurrences(sketches))

    def similarity(self, some: Sketches, others: Sketches) -> Floats:
        """Of pairs (N, WIDTH): the cosine of their directions from their classes' centres; 0 when not near.

        Pairs of equals are left out: to ask the same again is another thing.
        """
        differ = (some != others).any(axis=1)
        a, b = some[differ].astype(np.float64), others[differ].astype(np.float64)
        near = ((a - b) ** 2).sum(axis=1) <= NEAR * self.usual
        a, b = a - self.nearest(a), b - self.nearest(b)
        norms = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
        cosine: Floats = (a * b).sum(axis=1) / np.maximum(norms, 1e-9)
        return np.where(near, cosine, 0.0)

    def nearest(self, values: Floats) -> Floats:
        """The centre (N, WIDTH) that each of the sketches (N, WIDTH) lies nearest to."""
        moved = (self.centres**2).sum(axis=1) - 2 * values @ self.centres.T
        nearest: Floats = self.centres[moved.argmin(axis=1)]
        return nearest


@dataclass(frozen=True)
class Suspicion:
    """What the questions of one account to one model look like.

    sketched: records looked at. beside, onward: the mean similarity of neighbours within a request and from
    request to request, in the stretch where it is clearest; None: too few to tell. times: how often each
    distinct record was asked, in units of how often training records occur. searches: what it looks like.
    """

    sketched: int
    beside: float | None
    onward: float | None
    times: float
    searches: tuple[str, ...]


def judged(requests: Sequence[Sketches], records: Sequence[int], ordinary: Ordinary) -> Suspicion:
    """An account's requests in order, each by the sketches (P, WIDTH) of some of its so many `records`."""
    beside = clearest(ordinary.similarity(*neighbours_within(requests, records)))
    onward = max(clearest(ordinary.similarity(*heads(requests, lag))) for lag in LAGS)
    asked = np.concatenate([*requests, np.empty((0, ordinary.centres.shape[1]), np.int8)])
    times = occurrences(asked) / ordinary.times
    looks = {
        "near copies of single records": beside.is_search,
        "a search from request to request": onward.is_search,
        "the same records again and again": len(asked) >= LEAST and times >= OFTEN,
    }
    return Suspicion(
        len(asked), beside.mean, onward.mean, times, tuple(name for name, seen in looks.items() if seen)
    )


@dataclass(frozen=True, order=True)
class Stretch:
    """Pairs asked after each other: their mean similarity, and how far it is above what sorting explains."""

    above: float = -np.inf
    mean: float | None = None

    @property
    def is_search(self) -> bool:
        return self.above > 0


def clearest(similarities: Floats) -> Stretch:
    """Of pairs (N,) in the order they were asked, the stretch that looks most like a search."""
    if len(similarities) < LEAST:
        return Stretch()
    parts = np.array_split(similarities, max(1, len(similarities) // STRETCH))
    return max(stretch(part) for part in parts)


def stretch(similarities: Floats) -> Stretch:
    mean, error = float(similarities.mean()), float(similarities.std() / np.sqrt(len(similarities)))
    return Stretch(mean - ORDINARY - ERRORS * error, mean)


def neighbours_within(requests: Sequence[Sketches], records: Sequence[int]) -> tuple[Sketches, Sketches]:
    """Pairs of sketched records that lay side by side in a request."""
    first = [np.flatnonzero(np.diff(places(count)) == 1) for count in records]
    return (
        np.concatenate([sketches[rows] for sketches, rows in zip(requests, first, strict=True)]),
        np.concatenate([sketches[rows + 1] for sketches, rows in zip(requests, first, strict=True)]),
    )


def heads(requests: Sequence[Sketches], lag: int) -> tuple[Sketches, Sketches]:
    """Pairs of records at the same place, near the start, of a request and one `lag` requests later."""
    earlier, later = requests[: max(0, len(requests) - lag)], requests[lag:]
    both = [min(HEAD, len(one), len(other)) for one, other in zip(earlier, later, strict=True)]
    nothing = requests[0][:0]
    return (
        np.concatenate([nothing, *(one[:count] for one, count in zip(earlier, both, strict=True))]),
        np.concatenate([nothing, *(other[:count] for other, count in zip(later, both, strict=True))]),
    )


def occurrences(sketches: Sketches) -> float:
    """How often each of some records (N, WIDTH) occurs among them, on average."""
    return len(sketches) / max(1, len(np.unique(sketches, axis=0)))
