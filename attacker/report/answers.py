"""What the targets answered to members and to non-members, and what an attack made of it: counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.transcript import Transcript

BINS = 30
MIDDLE = (0.005, 0.995)  # of the scores, that a histogram spans; the others are in its first and last bin

Histogram = dict[str, Any]
Kinds = dict[str, NDArray[np.bool_]]


def kinds(transcript: Transcript, truth: NDArray[np.bool_] | None) -> Kinds:
    """(T, N) each: members and non-members; all are candidates where the truth is not known."""
    if truth is None:
        return {"candidates": np.ones(transcript.targets.shape[:2], np.bool_)}
    return {"members": truth, "non-members": ~truth}


def confidence(transcript: Transcript, among: Kinds) -> Histogram:
    """Of the targets' confidence in the right class."""
    labels = transcript.candidates.labels
    values = transcript.targets[:, np.arange(len(labels)), labels].astype(np.float64)
    return counted(values, np.linspace(0, 1, BINS + 1), among)


def scored(scores: NDArray[np.float64], among: Kinds) -> Histogram:
    """Of an attack's scores (T, N)."""
    known = scores[np.isfinite(scores)]
    low, high = np.quantile(known, MIDDLE) if known.size else (0.0, 1.0)
    low, high = (low, high) if low < high else (low - 0.5, low + 0.5)
    return counted(scores, np.linspace(low, high, BINS + 1), among)


def counted(values: NDArray[np.float64], edges: NDArray[np.float64], among: Kinds) -> Histogram:
    """{"edges": (B + 1), "counts": {kind: (B)}}; what lies outside counts in the bin that is nearest."""
    inside = np.clip(values, edges[0], edges[-1])
    counts = {kind: np.histogram(inside[chosen], edges)[0].tolist() for kind, chosen in among.items()}
    return {"edges": edges.tolist(), "counts": counts}


def by_class(transcript: Transcript, truth: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """How often the targets name the class rightly, of members and of others; null where there is none."""
    labels = transcript.candidates.labels
    right = transcript.targets.argmax(axis=2) == labels
    return [
        {"class": name, **of_class(right[:, labels == label], truth[:, labels == label], int(truth.sum()))}
        for label, name in enumerate(transcript.classes)
    ]


def of_class(right: NDArray[np.bool_], truth: NDArray[np.bool_], members: int) -> dict[str, float | None]:
    train, test = (float(right[kind].mean()) if kind.any() else None for kind in (truth, ~truth))
    return {
        "train_accuracy": train,
        "test_accuracy": test,
        "accuracy_gap": None if train is None or test is None else train - test,
        "share_of_members": float(truth.sum() / members),
    }
