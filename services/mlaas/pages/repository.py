from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.mlaas.ledger.tables import Query, Usage
from services.mlaas.models.tables import Model
from services.mlaas.pages.tables import PageSession

DAY_MS = 86_400_000


class Day(NamedTuple):
    """Days since 1970, and what was asked in one."""

    number: int
    requests: int
    records: int


def by_digest(session: Session, token_sha256: str) -> PageSession | None:
    return session.get(PageSession, token_sha256)


def remove(session: Session, token_sha256: str) -> None:
    session.execute(delete(PageSession).where(PageSession.token_sha256 == token_sha256))


def remove_ended(session: Session, now: int) -> None:
    session.execute(delete(PageSession).where(PageSession.ends_at <= now))


def sums(session: Session, account_id: str) -> tuple[Sequence[Usage], Sequence[Usage]]:
    """What an account asked its own models, and those of others."""
    asked = select(Usage).join(Model, Model.id == Usage.model_id).where(Usage.account_id == account_id)
    own, others = (
        session.scalars(asked.where(whose).order_by(Usage.model_id)).all()
        for whose in (Model.account_id == account_id, Model.account_id != account_id)
    )
    return own, others


def days(session: Session, account_id: str, model_id: str, since: int, most: int) -> Sequence[Day]:
    """By day, the newest requests of an account to a model; an index has all that is read."""
    newest = (
        select(Query.at, Query.records)
        .where(Query.account_id == account_id, Query.model_id == model_id, Query.at >= since)
        .order_by(Query.at.desc())
        .limit(most)
        .subquery()
    )
    day = newest.c.at // DAY_MS
    found = select(day, func.count(), func.sum(newest.c.records)).group_by(day)
    return [Day(int(number), requests, int(records)) for number, requests, records in session.execute(found)]


def requests(session: Session, account_id: str, model_id: str, most: int) -> Sequence[tuple[int, int]]:
    """When, and about how many records: the newest requests of an account to a model, oldest first."""
    found = (
        select(Query.at, Query.records)
        .where(Query.account_id == account_id, Query.model_id == model_id)
        .order_by(Query.at.desc())
        .limit(most)
    )
    return [(at, records) for at, records in session.execute(found)][::-1]
