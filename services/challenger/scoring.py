"""Scores, decisions and the truth -> an evaluation, with the attacker's own statistics."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.evaluation import evaluate


def evaluation_of(
    scores: NDArray[np.float64],
    decisions: NDArray[np.bool_],
    membership: NDArray[np.bool_],
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    draws_from: str,
) -> dict[str, Any]:
    """One attack judged: scores, decisions and membership (T, N), the candidates' labels (N,).

    draws_from: what the bootstrap's draws are seeded with, so that judging again gives the same intervals.
    """
    digest = hashlib.sha256(draws_from.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    # Each target is judged by itself; games have one so far.
    [evaluation] = [
        evaluate(*of_target, labels, classes, rng)
        for of_target in zip(scores, decisions, membership, strict=True)
    ]
    return {"targets": len(membership)} | evaluation.as_json()
