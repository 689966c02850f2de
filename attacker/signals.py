"""Confidence vectors in, one number a record out: the membership signals of the literature. Pure, float64.

All take `probabilities` (N, K) float64 and the records' true `labels` (N,) int64, and give (N,) float64.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Labels = NDArray[np.int64]

# The least that a float32 answer can tell from zero: what is below it, an exact zero, is taken for it.
SMALLEST = float(np.finfo(np.float32).smallest_subnormal)


def confidence(probabilities: Vector, labels: Labels) -> Vector:
    """p_y, the probability of the true class."""
    return np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]


def loss(probabilities: Vector, labels: Labels) -> Vector:
    """-log p_y, the cross-entropy (Yeom et al. 2018); low for members."""
    return -_log(confidence(probabilities, labels))


def scaled_log_odds(probabilities: Vector, labels: Labels) -> Vector:
    """log p_y - log sum of the others (Carlini et al. 2022): near normal.

    Where p_y is the largest, the others are summed without it: 1 - p would lose what tells 0.999999 from
    0.99999.
    """
    own = confidence(probabilities, labels)
    others = probabilities.sum(axis=1) - own
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    others[right] = _without(probabilities[right], labels[right]).sum(axis=1)
    return _log(own) - _log(others)


def entropy(probabilities: Vector, labels: Labels) -> Vector:
    """-sum p log p / log K (Shokri et al. 2017, Fig. 12), in [0, 1]; it does not ask for the true class."""
    nats: Vector = -(probabilities * _log(probabilities)).sum(axis=1)
    return nats / float(np.log(probabilities.shape[1]))


def modified_entropy(probabilities: Vector, labels: Labels) -> Vector:
    """-(1 - p_y) log p_y - sum over i != y of p_i log(1 - p_i) (Song & Mittal 2021); low for members."""
    true = confidence(probabilities, labels)
    others = _without(probabilities, labels)
    wrong: Vector = -(others * _log(1 - others)).sum(axis=1)
    return wrong - (1 - true) * _log(true)


def margin(probabilities: Vector, labels: Labels) -> Vector:
    """p_y - max over i != y of p_i, in [-1, 1]; positive when the model is right."""
    best_other: Vector = _without(probabilities, labels).max(axis=1)
    return confidence(probabilities, labels) - best_other


def softmax(scores: Vector) -> Vector:
    """Logits, or logarithms of probabilities, (..., K), as probabilities; -inf gives exactly 0."""
    odds: Vector = np.exp(scores - scores.max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    return odds


def _without(probabilities: Vector, labels: Labels) -> Vector:
    """The confidence vectors with the entry of that class set to zero, (N, K)."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = 0.0
    return others


def _log(probabilities: Vector) -> Vector:
    return np.log(np.maximum(probabilities, SMALLEST))
