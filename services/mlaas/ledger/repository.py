from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import after_all_turns
from services.mlaas.ledger.clock import LogClock, Start
from services.mlaas.ledger.tables import LogStart, Query, Usage
from services.mlaas.models.tables import Model

MOST_STARTS = 100  # that are looked at: in a minute there were hardly more


def begin_log(session: Session) -> LogClock:
    """The clock of a server that begins to log, for itself and for those that begin later."""
    newest = session.scalars(select(Query.at).order_by(Query.id.desc()).limit(1)).one_or_none()
    latest = select(LogStart.begun, LogStart.gap).order_by(LogStart.id.desc()).limit(MOST_STARTS)
    clock = LogClock(newest, [Start(*row) for row in session.execute(latest)])
    session.add(LogStart(**clock.starts[0]._asdict()))
    return clock


def usage(session: Session, account_id: str | None) -> Sequence[Usage]:
    """The sums by model of one account, or of all."""
    statement = select(Usage).order_by(Usage.account_id, Usage.model_id)
    return session.scalars(
        statement if account_id is None else statement.where(Usage.account_id == account_id)
    ).all()


def usage_and_profiles(session: Session, account_id: str) -> Sequence[tuple[Usage, str]]:
    """The sums by model of one account, and the profile that each model is served under."""
    found = (
        select(Usage, Model.profile)
        .join(Model, Model.id == Usage.model_id)
        .where(Usage.account_id == account_id)
        .order_by(Usage.model_id)
    )
    return [(usage, profile) for usage, profile in session.execute(found)]


def queries(session: Session, after: int, size: int, model_id: str | None) -> Sequence[Query]:
    """The log from a row on. No row comes to be before one that was read: pages miss none."""
    after_all_turns(session.connection())
    statement = select(Query).where(Query.id > after).order_by(Query.id).limit(size)
    return session.scalars(
        statement if model_id is None else statement.where(Query.model_id == model_id)
    ).all()


def watched_pairs(session: Session) -> Sequence[tuple[str, str]]:
    """Accounts and the models that they asked while their queries were watched, model by model."""
    pair = Query.account_id, Query.model_id
    found = select(*pair).where(Query.sketch.is_not(None)).distinct().order_by(*reversed(pair))
    return [(account_id, model_id) for account_id, model_id in session.execute(found)]


def sketches(session: Session, account_id: str, model_id: str) -> Sequence[tuple[int, bytes]]:
    """The records and the sketch of every watched request of one account to one model, oldest first."""
    found = (
        select(Query.records, Query.sketch)
        .where(Query.account_id == account_id, Query.model_id == model_id, Query.sketch.is_not(None))
        .order_by(Query.id)
    )
    return [(records, sketch) for records, sketch in session.execute(found) if sketch is not None]
