"""What the attacker knows of the data: real or changed records, marginals, or no more than their format.

Of kind `partial` it knows some of the target's members, and as many records that are none.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Feature, Format
from attacker.records import Records

WITH_RECORDS = ("population", "noisy", "shifted", "partial")
DESCRIBED = ("marginals", "format")


@dataclass(frozen=True)
class Marginal:
    """The distribution of a feature: `values` with `probabilities`, or else evenly spaced `quantiles`."""

    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    quantiles: tuple[float, ...]

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values at or below which these shares of the records lie."""
        if not self.values:
            return np.interp(shares, np.linspace(0, 1, len(self.quantiles)), self.quantiles)
        upto = np.cumsum(self.probabilities)[:-1]
        found: NDArray[np.float64] = np.array(self.values)[np.searchsorted(upto, shares, side="right")]
        return found


@dataclass(frozen=True, eq=False)
class Knowledge:
    """`records` are there where the kind is one of WITH_RECORDS, `marginals` where it is that."""

    kind: str
    format: Format
    records: Records | None = None
    marginals: tuple[Marginal, ...] = ()

    @property
    def member(self) -> NDArray[np.bool_]:
        """Who of the records is a member, (R,), members first; empty where nobody tells."""
        if self.kind != "partial" or self.records is None:
            return np.empty(0, np.bool_)
        return np.arange(len(self.records)) < len(self.records) // 2

    def document(self) -> dict[str, Any]:
        """All but the records, as a game describes it."""
        features = [described(feature) for feature in self.format.features]
        for feature, marginal in zip(features, self.marginals, strict=False):
            feature["distribution"] = vars(marginal)
        return {"kind": self.kind, "features": features}


def described(feature: Feature) -> dict[str, Any]:
    told = {"name": feature.name, "kind": feature.kind, "min": feature.minimum, "max": feature.maximum}
    return told | {"values": feature.values}
