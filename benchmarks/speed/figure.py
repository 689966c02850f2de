"""A figure: what was measured in each round, of ours and of what it is compared with, and their ratio."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

import numpy as np

STRAIGHT = 0.8  # at most a quarter above the line
# What a ratio above 1 says: ours takes less, or ours does more. A difference is ours less theirs.
Better = Literal["less", "more", "difference"]


@dataclass(frozen=True)
class Curve:
    """How `y` grows with `x`: a median for each x, of all rounds."""

    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Figure:
    """`ours` and `theirs`, a value of each a round, in `unit`; `bar`: the least ratio that is good enough.

    note: what is to be known beside it. curve: what it looks like, where the figure is about growth.
    """

    name: str
    what: str
    against: str
    unit: str
    better: Better
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    bar: float | None = None
    note: str = ""
    curve: Curve | None = None

    def __post_init__(self) -> None:
        if not self.ours or len(self.ours) != len(self.theirs):
            raise ValueError(f"{self.name}: as many rounds of the one as of the other, and at least one.")

    @property
    def ratios(self) -> tuple[float, ...]:
        """One a round: what disturbs the machine for a while disturbs both."""
        return tuple(map(self._compared, self.ours, self.theirs))

    def _compared(self, ours: float, theirs: float) -> float:
        if self.better == "difference":
            return ours - theirs
        return theirs / ours if self.better == "less" else ours / theirs

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.ratios), max(self.ratios)

    @property
    def met(self) -> bool | None:
        return None if self.bar is None else self.ratio >= self.bar

    def document(self) -> dict[str, Any]:
        """All of it, as `results.json` keeps it."""
        least, most = self.spread
        found = {"ratio": self.ratio, "least": least, "most": most, "met": self.met}
        return asdict(self) | found | {"rounds": len(self.ours)}


def against_limit(
    name: str, what: str, unit: str, ours: tuple[float, ...], limit: float, **more: Any
) -> Figure:
    """A figure that must stay below a limit: the bar is 1."""
    return Figure(name, what, f"{limit:g} {unit}", unit, "less", ours, (limit,) * len(ours), bar=1.0, **more)


def straight(name: str, what: str, unit: str, drawn: Curve, rounds: Sequence[Sequence[float]]) -> Figure:
    """What the largest x took, against what the straight line through the smaller ones says of it.

    rounds: what was measured at each x of the curve, in `unit`, a row a round.
    """
    *smaller, largest = drawn.x
    line = tuple(float(np.polyval(np.polyfit(smaller, row[:-1], 1), largest)) for row in rounds)
    against = f"the straight line through {smaller[0]:,} to {smaller[-1]:,}"
    last = tuple(row[-1] for row in rounds)
    return Figure(name, what, against, unit, "less", last, line, bar=STRAIGHT, curve=drawn)


def curve(x_label: str, y_label: str, x: Sequence[float], rounds: Sequence[Sequence[float]]) -> Curve:
    """Of rounds that measured the same x."""
    return Curve(x_label, y_label, tuple(x), tuple(map(median, zip(*rounds, strict=True))))
