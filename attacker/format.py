"""The format of records: which features they have, and which values these may take."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacker.errors import CannotAttack

FINEST = 2**16  # levels of a real feature, and of an integer one of a wider range

Codes = NDArray[Any]  # (N, D) unsigned: which of its levels a feature has, 0 to their number - 1


class Levels(NamedTuple):
    """Code i stands for `start` + i `step` (rounded for integers), or for `values`[i] if they are there."""

    number: int
    start: float
    step: float
    values: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Feature:
    """One column, as the owner of the data declares it; None where it did not."""

    name: str
    kind: str  # binary, integer, real, categorical
    minimum: float | None
    maximum: float | None
    values: tuple[float, ...] = ()

    def levels(self) -> Levels:
        """The values that it may take; raises CannotAttack when none can be meant."""
        if self.values:
            values = np.unique(np.asarray(self.values, np.float64))
            return Levels(len(values), 0.0, 1.0, values)
        if self.minimum is None or self.maximum is None:
            raise CannotAttack(
                f"Nobody declared which values feature {self.name!r} may take; describe the features "
                "yourself, in a file for --knowledge."
            )
        low, high = self.minimum, self.maximum
        if self.kind in ("integer", "categorical"):
            low, high = float(np.ceil(low)), float(np.floor(high))
        width = high - low
        if not 0 <= width < np.inf:
            raise CannotAttack(
                f"No value lies between the ends declared for feature {self.name!r}; describe the features "
                "yourself, in a file for --knowledge."
            )
        possible = {"real": FINEST, "binary": 2}.get(self.kind, int(min(width + 1, FINEST)))
        count = possible if width else 1
        return Levels(count, low, width / max(count - 1, 1))


@dataclass(frozen=True)
class Format:
    """All that an attacker without data knows. It changes codes, (N, D), and sends what they stand for."""

    features: tuple[Feature, ...]

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def scales(self) -> list[Levels]:
        """Raises CannotAttack where values are not declared."""
        if not self.features:
            raise CannotAttack(
                "Nobody declared the features; describe them yourself, in a file for --knowledge."
            )
        return [feature.levels() for feature in self.features]

    @cached_property
    def levels(self) -> NDArray[np.int64]:
        """(D,): how many values each feature may take."""
        return np.array([scale.number for scale in self.scales])

    @cached_property
    def changeable(self) -> NDArray[np.int64]:
        """Columns of the features that may take more than one value."""
        return np.flatnonzero(self.levels > 1)

    @cached_property
    def narrowest(self) -> np.dtype[Any]:
        """The dtype of codes."""
        return np.dtype("u1" if self.levels.max() <= 256 else "u2")

    @cached_property
    def are_codes(self) -> bool:
        """Whether every value is its own code, as 0 and 1 are."""
        return all(scale.values is None and scale[1:3] == (0.0, 1.0) for scale in self.scales)

    def random(self, rng: np.random.Generator, count: int) -> Codes:
        """Codes (count, D), every feature uniform over its values."""
        shape = (count, len(self))
        if (self.levels == self.levels[0]).all():  # many times faster
            return rng.integers(self.levels[0], size=shape, dtype=self.narrowest)
        return rng.integers(self.levels, size=shape).astype(self.narrowest)

    def pack(self, codes: Codes) -> NDArray[Any]:
        """Codes (N, D) in the least room: 8 a byte where none is above 1."""
        return np.packbits(codes, axis=1) if self.levels.max() <= 2 else codes

    def unpack(self, packed: NDArray[Any]) -> Codes:
        return np.unpackbits(packed, axis=1, count=len(self)) if self.levels.max() <= 2 else packed

    def encode(self, records: NDArray[Any]) -> Codes:
        """The codes of the values that lie nearest to those of records (N, D)."""
        if self.are_codes:
            return np.asarray(records.astype(self.narrowest))
        start, step = (np.array([scale[place] for scale in self.scales]) for place in (1, 2))
        codes = np.rint((records - start) / np.where(step, step, 1.0))
        for column, scale in enumerate(self.scales):
            if scale.values is not None:
                between = (scale.values[1:] + scale.values[:-1]) / 2
                codes[:, column] = np.searchsorted(between, records[:, column])
        return np.asarray(np.clip(codes, 0, self.levels - 1).astype(self.narrowest))

    def decode(self, codes: Codes) -> NDArray[Any]:
        """The records (N, D) that the codes stand for."""
        if self.are_codes:
            return codes
        start, step = (np.array([scale[place] for scale in self.scales]) for place in (1, 2))
        records: NDArray[np.float64] = start + step * codes
        for column, (feature, scale) in enumerate(zip(self.features, self.scales, strict=True)):
            if scale.values is not None:
                records[:, column] = scale.values[codes[:, column]]
            elif feature.maximum is not None:  # the last step may go astray by a rounding
                np.minimum(records[:, column], feature.maximum, out=records[:, column])
        return self.rounded(records)

    def rounded(self, records: NDArray[np.float64]) -> NDArray[Any]:
        """The records (N, D) with whole numbers in the columns of integers; small ones as small integers."""
        if self.are_codes:
            return np.rint(records).astype(self.narrowest)
        whole = [
            column
            for column, feature in enumerate(self.features)
            if feature.kind in ("integer", "categorical") and not feature.values
        ]
        records[:, whole] = np.rint(records[:, whole])
        return records


def format_of(records: NDArray[Any]) -> Format:
    """What records (N, D) show of a format that nobody declared: kinds, and the least and largest values."""
    least, most = (end.astype(np.float64) for end in (records.min(axis=0), records.max(axis=0)))
    whole = (np.rint(records) == records).all(axis=0)
    binary = whole & (least >= 0) & (most <= 1)
    kinds = np.where(binary, "binary", np.where(whole, "integer", "real"))
    least, most = np.where(binary, 0, least), np.where(binary, 1, most)
    return Format(
        tuple(
            Feature(f"f{column}", str(kind), float(low), float(high))
            for column, (kind, low, high) in enumerate(zip(kinds, least, most, strict=True))
        )
    )
