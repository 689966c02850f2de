"""Submissions: acknowledged while the game is open, told when it is closed."""

import hashlib
import uuid
from typing import Any

from sqlalchemy.orm import Session

from attacker.statistics.rates import rate
from services.challenger.dependencies import Parts
from services.challenger.errors import AccessNotGranted, IdempotencyConflict, TooManySubmissions
from services.challenger.games import repository as games
from services.challenger.games.repository import draw_of
from services.challenger.games.service import find, require_closed, require_open
from services.challenger.games.tables import Game
from services.challenger.ids import new_id
from services.challenger.submissions import repository
from services.challenger.submissions.parsing import Scores, parse
from services.challenger.submissions.schemas import (
    Controls,
    EvaluatedSubmission,
    Scoreboard,
    ScoredSubmission,
    TargetAccuracy,
)
from services.challenger.submissions.tables import Attack, Submission
from services.web.bodies import encode_npy
from services.web.problem import NotFound

LONG = ("roc", "per_class", "per_target", "calibration")  # what a scoreboard leaves out


def require_welcome(parts: Parts, game_id: str, idempotency_key: str | None) -> None:
    """Raises what a submission would come to in any case, before its body is taken."""
    with parts.database.read() as session:
        game = find(session, game_id)
        if repository.by_idempotency_key(session, game_id, idempotency_key or "") is None:
            require_open(game)


def acknowledge(parts: Parts, game_id: str, body: bytes, idempotency_key: str | None) -> str:
    """Keep a submission; its id, the same when the same body comes again under the same key, however late."""
    key, body_sha256 = idempotency_key or str(uuid.uuid4()), hashlib.sha256(body).hexdigest()
    with parts.database.read() as session:
        game = find(session, game_id)
        earlier = kept_before(session, game_id, key, body_sha256)
    if earlier is not None:
        return earlier
    require_open(game)
    shape = (game.targets, draw_of(game).candidates)
    document, attacks = parse(body, shape, parts.settings.most_attacks)
    require_granted(game, attacks)
    submission = Submission(
        id=new_id("s"),
        game_id=game_id,
        idempotency_key=key,
        body_sha256=body_sha256,
        primary=document.primary,
        ledger=document.ledger,
        attacks=[row(position, attack) for position, attack in enumerate(attacks)],
    )
    with parts.database.write() as session:
        return keep(session, submission)


def keep(session: Session, submission: Submission) -> str:
    """Checked again inside the transaction: the owner may have closed the game meanwhile."""
    game = find(session, submission.game_id)
    earlier = kept_before(session, game.id, submission.idempotency_key, submission.body_sha256)
    if earlier is not None:
        return earlier
    require_open(game)
    if repository.count(session, game.id) >= game.max_submissions:
        raise TooManySubmissions(
            f"This game takes {game.max_submissions} submissions; one may carry many attacks."
        )
    submission.created_at = games.next_moment(session)
    session.add(submission)
    return submission.id


def kept_before(session: Session, game_id: str, key: str, body_sha256: str) -> str | None:
    """The id of the submission that came under this key; raises IdempotencyConflict for another body."""
    earlier = repository.by_idempotency_key(session, game_id, key)
    if earlier is None:
        return None
    if earlier.body_sha256 != body_sha256:
        raise IdempotencyConflict("This Idempotency-Key came with another submission; use a new one.")
    return earlier.id


def require_granted(game: Game, attacks: list[Scores]) -> None:
    if game.access == "disjoint" and any(scores.attack.access == "adaptive" for scores in attacks):
        raise AccessNotGranted(
            "The rules of this game are `disjoint`; leave out attacks that are `adaptive`."
        )


def row(position: int, scores: Scores) -> Attack:
    return Attack(
        position=position,
        **scores.attack.model_dump(),
        scores=encode_npy(scores.scores),
        decisions=encode_npy(scores.decisions),
    )


def evaluated(parts: Parts, game_id: str, submission_id: str) -> EvaluatedSubmission:
    with parts.database.read() as session:
        game = find(session, game_id)
        submission = repository.by_id(session, game_id, submission_id)
    if submission is None:
        raise NotFound("There is no submission of that id in this game.")
    require_closed(game)
    return EvaluatedSubmission(
        id=submission.id,
        attacks=[attack.evaluation or {} for attack in submission.attacks],
        primary=submission.primary,
        ledger=submission.ledger,
        target=target_of(game),
        controls=Controls.model_validate(game.controls),
    )


def scoreboard(parts: Parts, game_id: str) -> Scoreboard:
    with parts.database.read() as session:
        game = find(session, game_id)
        require_closed(game)
        found, told_since = repository.of_game(session, game_id), games.told_since(session, game)
    return Scoreboard(
        game=game.id,
        twin_of=game.twin_of,
        dataset=game.dataset,
        profile=game.profile,
        members=game.learned,
        targets=game.targets,
        inclusion=game.inclusion,
        canaries=game.canaries,
        overlap=game.overlap,
        null=game.null,
        target=target_of(game),
        controls=Controls.model_validate(game.controls),
        submissions=[scored(submission, told_since) for submission in found],
    )


def curves(parts: Parts, game_id: str) -> dict[str, list[list[float]]]:
    """By submission, the ROC points of its primary; raises GameNotClosed."""
    with parts.database.read() as session:
        require_closed(find(session, game_id))
        return repository.primary_curves(session, game_id)


def scored(submission: Submission, told_since: int | None) -> ScoredSubmission:
    evaluations = [attack.evaluation or {} for attack in submission.attacks]
    best = max(evaluations, key=lambda one: (one["auc"]["value"], one["name"] == submission.primary))
    evaluations.sort(key=lambda one: (one["name"] != submission.primary, one is not best))
    return ScoredSubmission(
        id=submission.id,
        submitted_at=submission.created_at,
        primary=submission.primary,
        best_in_hindsight=best["name"],
        truth_told=told_since is not None and told_since <= submission.created_at,
        attacks=[short(evaluation) for evaluation in evaluations],
        ledger=submission.ledger,
    )


def short(evaluation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in evaluation.items() if name not in LONG}


def target_of(game: Game) -> TargetAccuracy:
    def accuracy(part: str) -> dict[str, Any]:
        right, of = (sum(getattr(t, f"{part}_{count}") for t in game.models) for count in ("right", "of"))
        return rate(right, of).as_json()

    return TargetAccuracy(train_accuracy=accuracy("train"), test_accuracy=accuracy("test"))
