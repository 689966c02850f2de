"""Closing: the target's accuracies, the evaluations, and only then the truth."""

import threading
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger import scoring
from services.challenger.dataset import DATASETS, class_names
from services.challenger.dependencies import Parts
from services.challenger.files import load
from services.challenger.games.service import find, require_begun
from services.challenger.games.tables import Game
from services.challenger.provider import Provider, from_npy
from services.challenger.submissions import repository as submissions
from services.challenger.submissions.tables import Attack

_closing = threading.Lock()  # two calls must not evaluate everything twice


@dataclass(frozen=True)
class Right:
    """How often a target gives a record its own label: on what it was trained on, and on other records."""

    train_right: int
    train_of: int
    test_right: int
    test_of: int


def close(parts: Parts, game_id: str) -> int:
    """End the game for good and evaluate what was handed in; the number of submissions.

    Evaluations are stored before the state changes, in the same transaction that finds none missing:
    a submission is evaluated or refused, and a crash leaves the game open.
    """
    with _closing:
        with parts.database.read() as session:
            game = find(session, game_id)
        require_begun(game)
        if game.state == "open":
            counts = measure(parts, game)
            while not closed(parts, game, counts):
                evaluate(parts, game)
    with parts.database.read() as session:
        return submissions.count(session, game_id)


def closed(parts: Parts, game: Game, counts: list[Right]) -> bool:
    """Close the game unless an attack waits for its evaluation."""
    with parts.database.write() as session:
        if submissions.not_evaluated(session, game.id):
            return False
        found = find(session, game.id)
        for target, right in zip(found.models, counts, strict=True):
            for name, value in asdict(right).items():
                setattr(target, name, value)
        found.state = "closed"
    return True


def evaluate(parts: Parts, game: Game) -> None:
    files = parts.files(game.id)
    membership, labels = load(files.membership), load(files.candidates)[:, 0].astype(np.int64)
    classes = class_names(DATASETS.load(game.dataset).classes)
    with parts.database.read() as session:
        waiting = submissions.not_evaluated(session, game.id)
    for attack in waiting:
        key = (attack.submission_id, attack.position)
        with parts.database.read() as session:  # one attack's arrays at a time
            stored = session.get_one(Attack, key)
            scores, decisions = from_npy(stored.scores), from_npy(stored.decisions)
        evaluation = scoring.evaluation_of(
            scores, decisions, membership, labels, classes, f"{attack.submission_id} {attack.position}"
        )
        with parts.database.write() as session:
            stored = session.get_one(Attack, key)
            described = {"name": stored.name, "parameters": stored.parameters, "access": stored.access}
            stored.evaluation = described | evaluation


def measure(parts: Parts, game: Game) -> list[Right]:
    """Every target asked with the owner's account. Raises ProviderUnavailable and ProviderRefused."""
    provider, files = parts.provider(game.provider_key), parts.files(game.id)
    candidates, membership = load(files.candidates), load(files.membership)
    unseen = np.ones_like(membership) if game.null else ~membership
    return [
        Right(
            *right(provider, target.model_id, load(files.training(target.index))),
            *right(provider, target.model_id, candidates[unseen[target.index]]),
        )
        for target in game.models
    ]


def right(provider: Provider, model_id: str, records: NDArray[Any]) -> tuple[int, int]:
    """Of records (N, 1+D), how many are given their own label, and N."""
    answered = provider.predict_labels(model_id, records[:, 1:])
    return int((answered == records[:, 0]).sum()), len(records)
