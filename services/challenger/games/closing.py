"""Closing: the targets' accuracies, the evaluations, and only then the truth."""

import threading
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.draws import draws
from services.challenger.controls import blind_baseline, null_control
from services.challenger.dataset import DATASETS, class_names
from services.challenger.dependencies import Parts
from services.challenger.files import load
from services.challenger.games.service import find, require_begun
from services.challenger.games.tables import Game
from services.challenger.provider import from_npy
from services.challenger.scoring import Claims, Truth, evaluation_of
from services.challenger.submissions import repository as submissions
from services.challenger.submissions.tables import Attack

Control = dict[str, Any] | None

_closing = threading.Lock()  # two calls must not evaluate everything twice


@dataclass(frozen=True)
class Right:
    """How often a target gives a record the label it bears: of what it was trained on, and of others."""

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
            truth = truth_of(parts, game)
            counts, blind = accuracies(parts, game, truth), blind_baseline_of(parts, game, truth)
            evaluate(parts, game, truth)
            while not closed(parts, game, counts, blind, null_control_of(parts, game, truth)):
                evaluate(parts, game, truth)
    with parts.database.read() as session:
        return submissions.count(session, game_id)


def closed(parts: Parts, game: Game, counts: list[Right], blind: Control, null: Control) -> bool:
    """Close the game unless an attack waits for its evaluation."""
    with parts.database.write() as session:
        if submissions.not_evaluated(session, game.id):
            return False
        found = find(session, game.id)
        for target, right in zip(found.models, counts, strict=True):
            for name, value in asdict(right).items():
                setattr(target, name, value)
        found.state = "closed"
        found.controls = {"blind_baseline": blind, "null_control": null}
    return True


def evaluate(parts: Parts, game: Game, truth: Truth) -> None:
    with parts.database.read() as session:
        waiting = submissions.not_evaluated(session, game.id)
    for attack in waiting:
        key = (attack.submission_id, attack.position)
        with parts.database.read() as session:  # one attack's arrays at a time
            stored = session.get_one(Attack, key)
            scores, decisions = from_npy(stored.scores), from_npy(stored.decisions)
        claims = Claims(scores, decisions, attack.scores_are == "probabilities")
        evaluation = evaluation_of(claims, truth, draws(game.id, attack.name))
        with parts.database.write() as session:
            stored = session.get_one(Attack, key)
            described = {"name": stored.name, "parameters": stored.parameters, "access": stored.access}
            stored.evaluation = described | evaluation


def truth_of(parts: Parts, game: Game) -> Truth:
    """From the game's files and the targets' answers. Raises ProviderUnavailable and ProviderRefused."""
    files = parts.files(game.id)
    candidates = load(files.candidates)
    return Truth(
        membership=load(files.membership),
        right=np.stack([right(parts, game, target.model_id, candidates) for target in game.models]),
        labels=candidates[:, 0].astype(np.int64),
        classes=class_names(DATASETS.load(game.dataset).classes),
        canaries=load(files.canaries),
        inclusion=game.inclusion,
    )


def accuracies(parts: Parts, game: Game, truth: Truth) -> list[Right]:
    """Of every target, on its own training set. Raises ProviderUnavailable and ProviderRefused."""
    unseen = np.ones_like(truth.membership) if game.null else ~truth.membership
    counts = []
    for target, others, answered in zip(game.models, unseen, truth.right, strict=True):
        learned = right(parts, game, target.model_id, load(parts.files(game.id).training(target.index)))
        train, test = learned, answered[others]
        counts.append(Right(int(train.sum()), len(train), int(test.sum()), len(test)))
    return counts


def right(parts: Parts, game: Game, model_id: str, records: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether a target, asked with the owner's account, gives records (N, 1+D) their label: (N,)."""
    answered = parts.provider(game.provider_key).predict_labels(model_id, records[:, 1:])
    found: NDArray[np.bool_] = answered == records[:, 0]
    return found


def blind_baseline_of(parts: Parts, game: Game, truth: Truth) -> Control:
    candidates = load(parts.files(game.id).candidates)
    return blind_baseline(candidates, truth.membership, draws(game.id, "blind baseline"))


def null_control_of(parts: Parts, game: Game, truth: Truth) -> Control:
    """Of a null game, over the attacks of all submissions."""
    if not game.null:
        return None
    with parts.database.read() as session:
        attacks = submissions.attacks(session, game.id)
        scores = {f"{attack.submission_id} {attack.name}": from_npy(attack.scores) for attack in attacks}
    return null_control(scores, truth.membership, draws(game.id, "null control"))
