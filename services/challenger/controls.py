"""Controls of a game: what must come out at 0.5 whoever played, or the game is broken."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics import controls

FEWEST = 100  # candidates; with fewer, a part that the blind classifier is tested on may hold members alone


def blind_baseline(
    candidates: NDArray[Any], membership: NDArray[np.bool_], rng: np.random.Generator
) -> dict[str, Any] | None:
    """A classifier of the records alone, (N, 1+D) with the label in column 0; membership (T, N)."""
    if len(candidates) < FEWEST:
        return None
    return controls.blind_baseline(candidates[:, 1:], candidates[:, 0], membership, rng).as_json()


def null_control(
    scores: Mapping[str, NDArray[np.float64]], membership: NDArray[np.bool_], rng: np.random.Generator
) -> dict[str, Any] | None:
    """Of a null game: every attack's scores (T, N), all at one simultaneous level; of no attack, nothing."""
    return controls.null_control(scores, membership, rng).as_json() if scores else None
