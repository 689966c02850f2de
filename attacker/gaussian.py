"""Normal models of a record's signal among shadows that learned it and shadows that did not. Pure."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from attacker.moments import SMALLEST_VARIANCE, Moments

Floats = NDArray[np.float64]


def normal_log_density(signal: Floats, mean: Floats, variance: Floats | float) -> Floats:
    """Without the constant, which every difference of two of them cancels."""
    density: Floats = -0.5 * ((signal - mean) ** 2 / variance + np.log(variance))
    return density


@dataclass(frozen=True)
class Prior:
    """Normal-inverse-gamma: what the signal of a record is like before any shadow told of it.

    The mean is worth `weight` shadows, the variance `freedom` of them.
    """

    mean: float
    weight: float
    variance: float
    freedom: float

    @classmethod
    def of(cls, moments: Moments, freedom: float) -> Self:
        """From the records that some shadow tells of: the weight is what their spread says (empirical Bayes).

        Where no record has two shadows, half of the variance is taken to be within records.
        """
        seen = moments.count > 0
        means, count = moments.mean[seen], float(moments.count[seen].mean())
        total = max(float(means.var()), SMALLEST_VARIANCE)
        within = moments.pooled_variance()
        within = total / 2 if np.isnan(within) else within
        between = max(total - within / count, SMALLEST_VARIANCE)
        return cls(float(means.mean()), within / between, within, freedom)

    def predictive(self, moments: Moments) -> "StudentT":
        """Of another shadow's signal, given those seen; of none, the prior's own."""
        weight, freedom = self.weight + moments.count, self.freedom + moments.count
        mean = (self.weight * self.mean + moments.count * moments.mean) / weight
        shift = self.weight * moments.count / weight * (moments.mean - self.mean) ** 2
        variance = (self.freedom * self.variance + moments.squares + shift) / freedom
        return StudentT(freedom, mean, np.sqrt(variance * (1 + 1 / weight)))


@dataclass(frozen=True, eq=False)
class StudentT:
    """Of each record: degrees of freedom, centre and scale, (N,)."""

    freedom: Floats
    centre: Floats
    scale: Floats

    def standardised(self, signal: Floats) -> Floats:
        return (signal - self.centre) / self.scale

    def log_density(self, signal: Floats) -> Floats:
        half = self.freedom / 2
        norm = gammaln(half + 0.5) - gammaln(half) - 0.5 * np.log(np.pi * self.freedom) - np.log(self.scale)
        density: Floats = norm - (half + 0.5) * np.log1p(self.standardised(signal) ** 2 / self.freedom)
        return density
