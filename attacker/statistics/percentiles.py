"""Percentiles of a rate over the classes, as the paper's figures tell them."""

from collections.abc import Sequence

import numpy as np

from attacker.statistics.draws import draws
from attacker.statistics.rates import Estimate

REDRAWN = 2_000  # times that the classes are drawn anew


def over_classes(rates: Sequence[float], percentile: int) -> Estimate:
    """A percentile, 0 to 100, of the classes' rates (K,), with the 95 % interval of a bootstrap over classes.

    The interval says how far the classes decide it, not how well each class's rate is known. Of no class
    there is none.
    """
    if not rates:
        return Estimate(None, None, None)
    drawn = draws("classes", str(percentile)).choice(np.array(rates), (REDRAWN, len(rates)))
    low, high = np.percentile(np.percentile(drawn, percentile, axis=1), (2.5, 97.5))
    return Estimate(float(np.percentile(rates, percentile)), float(low), float(high))
