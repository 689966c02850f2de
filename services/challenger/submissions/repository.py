from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from services.challenger.submissions.tables import Attack, Submission


def by_id(session: Session, game_id: str, submission_id: str) -> Submission | None:
    found = session.get(Submission, submission_id)
    return found if found is not None and found.game_id == game_id else None


def by_idempotency_key(session: Session, game_id: str, key: str) -> Submission | None:
    same = (Submission.game_id == game_id, Submission.idempotency_key == key)
    return session.scalar(select(Submission).where(*same))


def of_game(session: Session, game_id: str) -> Sequence[Submission]:
    """In the order in which they came."""
    chosen = select(Submission).where(Submission.game_id == game_id)
    return session.scalars(chosen.order_by(Submission.created_at, Submission.id)).all()


def count(session: Session, game_id: str) -> int:
    return (
        session.scalar(select(func.count()).select_from(Submission).where(Submission.game_id == game_id)) or 0
    )


def attacks(session: Session, game_id: str) -> Sequence[Attack]:
    """Of all submissions of a game, in the order in which they came, with their scores."""
    chosen = select(Attack).join(Submission, Submission.id == Attack.submission_id)
    ordered = chosen.order_by(Submission.created_at, Submission.id, Attack.position)
    with_scores = ordered.options(undefer(Attack.scores))
    return session.scalars(with_scores.where(Submission.game_id == game_id)).all()


def not_evaluated(session: Session, game_id: str) -> Sequence[Attack]:
    """Without their scores and decisions."""
    chosen = select(Attack).join(Submission, Submission.id == Attack.submission_id)
    return session.scalars(chosen.where(Submission.game_id == game_id, Attack.evaluation.is_(None))).all()


def primary_curves(session: Session, game_id: str) -> dict[str, list[list[float]]]:
    """By submission, the (FPR, TPR) points of the attack that it named in advance."""
    chosen = select(Submission.id, Attack.evaluation["roc"]).join(
        Attack, (Attack.submission_id == Submission.id) & (Attack.name == Submission.primary)
    )
    found = session.execute(chosen.where(Submission.game_id == game_id, Attack.evaluation.is_not(None)))
    return dict(found.tuples().all())
