"""Scores, decisions and the truth -> an evaluation, with the attacker's own statistics."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.epsilon import Epsilon, descriptive, one_run
from attacker.statistics.evaluation import evaluate
from attacker.statistics.roc import roc
from services.challenger.split import Inclusion

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Claims:
    """What one attack said: scores and decisions (T, N); whether the scores are probabilities."""

    scores: NDArray[np.float64]
    decisions: Bools
    probabilities: bool


@dataclass(frozen=True, eq=False)
class Truth:
    """What attacks are judged by.

    membership (T, N); right (T, N): whether a target gives a candidate the label that it bears; labels (N,)
    index the classes; canaries (N,).
    """

    membership: Bools
    right: Bools
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    canaries: Bools
    inclusion: Inclusion


def evaluation_of(claims: Claims, truth: Truth, rng: np.random.Generator) -> dict[str, Any]:
    """One attack judged on every target by itself, and on all of them together."""
    evaluation = evaluate(
        claims.scores,
        claims.decisions,
        truth.membership,
        truth.labels,
        truth.classes,
        rng,
        right=truth.right,
        probabilities=claims.probabilities,
        canaries=truth.canaries,
    )
    told = {"targets": len(truth.membership), "epsilon": epsilon_of(claims, truth).as_json()}
    return told | evaluation.as_json()


def epsilon_of(claims: Claims, truth: Truth) -> Epsilon:
    """A lower bound where a coin for each candidate, or for each canary if there are any, makes it valid.

    All targets' coins count as one run's: each is of one training alone, and independent of all others.
    """
    if truth.inclusion == "half":
        return descriptive(roc(claims.scores, truth.membership))
    tossed = truth.canaries if truth.canaries.any() else ~truth.canaries
    return one_run(claims.scores[:, tossed].ravel(), truth.membership[:, tossed].ravel())
