"""A share of a count, with the interval that the count allows; and an estimate that is no share of one."""

from dataclasses import asdict, dataclass
from typing import Any, SupportsInt

from scipy.special import betaincinv

LEVEL = 0.95  # of every interval here
TAIL = (1 - LEVEL) / 2


@dataclass(frozen=True)
class Rate:
    """`count` of `of`, a fraction in [0, 1], with its interval; None when `of` is too few: it `needs` n."""

    value: float | None
    low: float | None
    high: float | None
    count: int | None
    of: int
    needs: int | None = None

    def as_json(self) -> dict[str, Any]:
        """{"value", "low", "high", "count", "of"}, and "needs" where the value is null."""
        return {name: value for name, value in asdict(self).items() if name != "needs" or value is not None}

    def __str__(self) -> str:
        if self.value is None and self.needs is not None:
            return f"unknown: that takes {self.needs:,} candidates"
        return told(self.value, self.low, self.high)


@dataclass(frozen=True)
class Estimate:
    """What is no share of a count, with its interval; None where there is nothing to estimate it from."""

    value: float | None
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, Any]:
        """{"value", "low", "high"}."""
        return asdict(self)

    def __str__(self) -> str:
        return told(self.value, self.low, self.high)


def told(value: float | None, low: float | None, high: float | None) -> str:
    """In a sentence: 0.612 (0.574 to 0.650)."""
    if value is None:
        return "unknown"
    return f"{value:.3f}" if low is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def rate(count: SupportsInt, of: SupportsInt) -> Rate:
    """The observed rate with its exact interval; of nothing, no rate."""
    count, of = int(count), int(of)
    if of == 0:
        return Rate(None, None, None, 0, 0, needs=1)
    low, high = clopper_pearson(count, of)
    return Rate(count / of, low, high, count, of)


def clopper_pearson(count: float, of: float) -> tuple[float, float]:
    """The exact binomial interval (Clopper & Pearson 1934): it covers the true rate at `LEVEL` or above."""
    low = betaincinv(count, of - count + 1, TAIL) if count > 0 else 0.0
    high = betaincinv(count + 1, of - count, 1 - TAIL) if count < of else 1.0
    return float(low), float(high)
