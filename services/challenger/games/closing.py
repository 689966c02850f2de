"""Closing: how the targets generalise, the evaluations, and only then the truth."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.statistics.draws import draws
from services.challenger.controls import blind_baseline, null_control
from services.challenger.dependencies import Parts
from services.challenger.files import load
from services.challenger.format import Document
from services.challenger.games.description import description_of
from services.challenger.games.repository import next_moment
from services.challenger.games.service import find, require_begun
from services.challenger.games.tables import Game, Target
from services.challenger.generalisation import BINS, answers, generalisation
from services.challenger.provider import from_npy
from services.challenger.scoring import Claims, Truth, evaluation_of
from services.challenger.submissions import repository as submissions
from services.challenger.submissions.tables import Attack

Control = dict[str, Any] | None
Bools = NDArray[np.bool_]

_closing = threading.Lock()  # two calls must not evaluate everything twice


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
            truth, figures = truth_of(parts, game)
            blind = blind_baseline_of(parts, game, truth)
            evaluate(parts, game, truth)
            while not closed(parts, game, figures, blind, null_control_of(parts, game, truth)):
                evaluate(parts, game, truth)
    with parts.database.read() as session:
        return submissions.count(session, game_id)


def closed(parts: Parts, game: Game, figures: list[Document], blind: Control, null: Control) -> bool:
    """Close the game unless an attack waits for its evaluation."""
    with parts.database.write() as session:
        if submissions.not_evaluated(session, game.id):
            return False
        found = find(session, game.id)
        for target, told in zip(found.models, figures, strict=True):
            train, test = told["train_accuracy"], told["test_accuracy"]
            target.train_right, target.train_of = train["count"], train["of"]
            target.test_right, target.test_of = test["count"], test["of"]
        found.generalisation = {"bins": BINS.tolist(), "targets": figures}
        found.state, found.closed_at = "closed", next_moment(session)
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
            described |= {"scores_are": "probabilities"} if claims.probabilities else {}
            stored.evaluation = described | evaluation


def truth_of(parts: Parts, game: Game) -> tuple[Truth, list[Document]]:
    """From the game's files and the targets' answers, with how each target generalises.

    Raises ProviderUnavailable and ProviderRefused.
    """
    files, classes = parts.files(game.id), description_of(game).classes
    candidates, membership = load(files.candidates), load(files.membership)
    asked = zip(game.models, membership, strict=True)
    found = [examined(parts, game, target, candidates, member, classes) for target, member in asked]
    truth = Truth(
        membership=membership,
        right=np.stack([right for right, _ in found]),
        labels=candidates[:, 0].astype(np.int64),
        classes=classes,
        canaries=load(files.canaries),
        inclusion=game.inclusion,
    )
    return truth, [figures for _, figures in found]


def examined(
    parts: Parts,
    game: Game,
    target: Target,
    candidates: NDArray[np.generic],
    member: Bools,
    classes: tuple[str, ...],
) -> tuple[Bools, Document]:
    """Which candidates (N, 1+D) a target labels rightly, (N,), and how it generalises.

    It is asked once about every record, with the owner's account: the candidates, and what else it learned.
    One that is deployed elsewhere was asked by its owner when the game was made.
    """
    files = parts.files(game.id)
    training = load(files.training(target.index))
    if game.null:  # it learned no candidate
        member = np.zeros_like(member)
    records = np.concatenate([candidates, training[member.sum() :]])  # it begins with candidates, if any
    if game.deployed is not None:
        probabilities = load(files.answers)
    else:
        provider = parts.provider(game.provider_key)
        probabilities = provider.predict(target.model_id, records[:, 1:], len(classes))
    answered = answers(probabilities, records[:, 0].astype(np.int64))
    learned = np.append(member, np.ones(len(records) - len(candidates), np.bool_))
    figures = {"index": target.index} | generalisation(answered.of(learned), answered.of(~learned), classes)
    return answered.right[: len(candidates)], figures


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
