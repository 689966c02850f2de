from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update
from sqlalchemy.orm import Session

from services.mlaas.database import now_ms
from services.mlaas.jobs.leases import Lease
from services.mlaas.jobs.tables import Job
from services.mlaas.models.tables import Model


def free(lapsed: Sequence[int]) -> ColumnElement[bool]:
    """Of a job: nobody holds it, or it is one of those whose lease has lapsed."""
    return and_(Job.ended.is_(False), or_(Job.lease_owner.is_(None), Job.id.in_(lapsed)))


def leases(session: Session) -> list[Lease]:
    """All that there are."""
    columns = (Job.id, Job.lease_owner, Job.attempt, Job.lease_expires_at)
    held = select(*columns).where(Job.ended.is_(False), Job.lease_owner.is_not(None))
    return [Lease(job, owner or "", *rest) for job, owner, *rest in session.execute(held)]


def next_free(session: Session, most: int, lapsed: Sequence[int] = ()) -> Sequence[int]:
    """Jobs whose turn it is: an account's first before any other's second, those in work counted as before.

    So a customer waits for as many jobs as there are other customers, however many each of them has queued.
    To be looked up before the write lock is taken: it takes some 5 microseconds for each job in the queue.
    """
    of_account = Job.model_id == Model.id
    held = (
        select(Model.account_id, func.count().label("jobs"))
        .join(Job, of_account)
        .where(Job.ended.is_(False), not_(free(lapsed)))
        .group_by(Model.account_id)
        .subquery()
    )
    place = func.row_number().over(partition_by=Model.account_id, order_by=Job.id)
    return session.scalars(
        select(Job.id)
        .join(Model, of_account)
        .outerjoin(held, held.c.account_id == Model.account_id)
        .where(free(lapsed))
        .order_by(place + func.coalesce(held.c.jobs, 0), Job.id)
        .limit(most)
    ).all()


def claim(
    session: Session, owner: str, job_ids: Sequence[int], lease_ms: int, lapsed: Sequence[int] = ()
) -> Sequence[Job]:
    """Take those that are still free; each take is a new attempt."""
    # By a name of its own it is looked up once: PostgreSQL may look up a nested one again and find others.
    wanted = select(Job.id).where(free(lapsed), Job.id.in_(job_ids)).with_for_update(skip_locked=True)
    locked = wanted.cte("locked")
    claimed = session.scalars(
        update(Job)
        .where(Job.id.in_(select(locked.c.id)))
        .values(attempt=Job.attempt + 1, lease_owner=owner, lease_expires_at=now_ms() + lease_ms)
        .returning(Job)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(claimed, key=lambda job: job_ids.index(job.id))


def renew(session: Session, owner: str, job_ids: Sequence[int], lease_ms: int) -> None:
    session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.lease_owner == owner, Job.ended.is_(False))
        .values(lease_expires_at=now_ms() + lease_ms)
        .execution_options(synchronize_session=False)
    )


def still_held(session: Session, owner: str, job_ids: Sequence[int]) -> set[int]:
    """Those of them that are unfinished, and not lapsed and given to another."""
    held = select(Job.id).where(Job.id.in_(job_ids), Job.lease_owner == owner, Job.ended.is_(False))
    return set(session.scalars(held))


def unfinished_of(session: Session, account_id: str) -> int:
    """How many an account has."""
    of_account = select(func.count()).select_from(Job).join(Model, Job.model_id == Model.id)
    return session.scalars(of_account.where(Job.ended.is_(False), Model.account_id == account_id)).one()


def held_by(session: Session, owner: str) -> Sequence[Job]:
    """What an owner has claimed and not ended."""
    return session.scalars(select(Job).where(Job.lease_owner == owner, Job.ended.is_(False))).all()


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
    """Trainings and reports alike; what is under way is dropped when its lease is next renewed."""
    session.execute(update(Job).where(Job.model_id == model_id).values(ended=True))


def unfinished_on(session: Session, dataset_id: str) -> bool:
    found = select(Job.id).where(Job.dataset_id == dataset_id, Job.ended.is_(False)).limit(1)
    return session.scalars(found).one_or_none() is not None
