"""What an attacker can learn from a game's targets, for tests."""

from typing import Any

import numpy as np
from live import Customer, read_npy


def answers(owner: Any, game: str, provider_url: str) -> tuple[Any, Any]:
    """Of every target about every candidate: the label it gives, its confidence in the right one; (T, N)."""
    candidates = owner.table(f"{game}/candidates")
    targets = owner.get(game).json()["targets"]
    with Customer(provider_url) as attacker:
        found = [ask(attacker, target["model_id"], candidates) for target in targets]
    labels, confidence = zip(*found, strict=True)
    return np.stack(labels), np.stack(confidence)


def ask(attacker: Customer, model_id: str, candidates: Any) -> tuple[Any, Any]:
    classes = np.array([int(name) for name in attacker.get(f"/v1/models/{model_id}").json()["classes"]])
    answer = attacker.predict(model_id, candidates[:, 1:], Accept="application/x-npy")
    probabilities = read_npy(answer.raise_for_status().content)
    own = classes == candidates[:, :1]
    return classes[probabilities.argmax(axis=1)], np.where(own, probabilities, 0).sum(axis=1)


def auc(members: Any, non_members: Any) -> float:
    """How often a member has the higher score; ties count half (Mann and Whitney)."""
    compared = np.sign(members[:, np.newaxis] - non_members)
    return float((compared.mean() + 1) / 2)
