from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.mlaas.database import now_ms
from services.mlaas.jobs.tables import Job


def any_free(session: Session) -> bool:
    free = select(Job.id).where(Job.ended.is_(False), Job.lease_expires_at <= now_ms()).limit(1)
    return session.scalars(free).one_or_none() is not None


def claim(session: Session, owner: str, most: int, lease_ms: int) -> Sequence[Job]:
    """Take up to `most` jobs that nobody holds, oldest first; each take is a new attempt."""
    free = select(Job.id).where(Job.ended.is_(False), Job.lease_expires_at <= now_ms()).order_by(Job.id)
    # By a name of its own it is looked up once: PostgreSQL may look up a nested one again and find others.
    oldest = free.limit(most).with_for_update(skip_locked=True).cte("oldest")
    claimed = session.scalars(
        update(Job)
        .where(Job.id.in_(select(oldest.c.id)))
        .values(attempt=Job.attempt + 1, lease_owner=owner, lease_expires_at=now_ms() + lease_ms)
        .returning(Job)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(claimed, key=lambda job: job.id)


def renew(session: Session, owner: str, lease_ms: int) -> None:
    session.execute(
        update(Job)
        .where(Job.lease_owner == owner, Job.ended.is_(False))
        .values(lease_expires_at=now_ms() + lease_ms)
        .execution_options(synchronize_session=False)
    )


def lapse(session: Session, owner: str) -> None:
    """End this owner's leases; the attempts were begun and count."""
    session.execute(
        update(Job)
        .where(Job.lease_owner == owner, Job.ended.is_(False))
        .values(lease_owner=None, lease_expires_at=0)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, owner: str) -> None:
    """Give back what is unfinished, as if it had not been begun."""
    session.execute(
        update(Job)
        .where(Job.lease_owner == owner, Job.ended.is_(False))
        .values(lease_owner=None, lease_expires_at=0, attempt=Job.attempt - 1)
        .execution_options(synchronize_session=False)
    )


def held(session: Session, job_id: int, owner: str, attempt: int) -> Job | None:
    """The job, if this attempt is still the one that counts."""
    return session.scalars(
        select(Job).where(
            Job.id == job_id, Job.lease_owner == owner, Job.attempt == attempt, Job.ended.is_(False)
        )
    ).one_or_none()


def of_model(session: Session, model_id: str) -> Job | None:
    """The job of its training."""
    found = select(Job).where(Job.model_id == model_id, Job.report_id.is_(None))
    return session.scalars(found).one_or_none()


def end_all(session: Session, model_id: str) -> None:
    """Trainings and reports alike; what is under way is let run, and its result dropped."""
    session.execute(update(Job).where(Job.model_id == model_id).values(ended=True))


def unfinished_on(session: Session, dataset_id: str) -> bool:
    found = select(Job.id).where(Job.dataset_id == dataset_id, Job.ended.is_(False)).limit(1)
    return session.scalars(found).one_or_none() is not None
