"""Signing in to pages, and what they show: what the API tells the same customer, and nothing else.

A browser sends its cookies to every port of a host, so what it gets is no key: its token opens pages alone.
"""

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.mlaas.accounts import repository as accounts
from services.mlaas.accounts.service import authenticate
from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.errors import PredictOnly
from services.mlaas.ledger import repository as ledger
from services.mlaas.pages import repository
from services.mlaas.pages.repository import DAY_MS, Day
from services.mlaas.pages.tables import PageSession

LASTS_MS = 12 * 3_600_000
DAYS = 14  # that are shown
MOST_COUNTED = 200_000  # requests by day, of all models together
LEAST_COUNTED = 1_000  # of each model
MOST_DRAWN = 20_000  # requests to one model


@dataclass(frozen=True)
class Usage:
    """By day, the newest last; `whole`: all requests of these days are counted."""

    days: list[Day]
    whole: bool


def sign_in(session: Session, key: str) -> str:
    """A token for whoever has the account's own key; raises Unauthenticated and PredictOnly."""
    account, further_key = authenticate(session, key)
    if further_key is not None:
        raise PredictOnly("Sign in with the account's own key; what it made you may only predict.")
    repository.remove_ended(session, now_ms())
    token = secrets.token_urlsafe(32)
    session.add(PageSession(token_sha256=digest(token), account_id=account.id, ends_at=now_ms() + LASTS_MS))
    return token


def signed_in(session: Session, token: str | None) -> Account | None:
    """Whose browser it is; None when that has ended, or the account was revoked."""
    found = repository.by_digest(session, digest(token)) if token else None
    if found is None or found.ends_at <= now_ms():
        return None
    account = accounts.by_id(session, found.account_id)
    return None if account is None or account.revoked_at else account


def sign_out(session: Session, token: str) -> None:
    repository.remove(session, digest(token))


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def usage_by_day(session: Session, account: Account) -> Usage:
    """What the account asked all models in the last days, today's included.

    Of each model only so many of the newest requests are counted, for a page is to come at once.
    """
    asked = ledger.usage(session, account.id)
    last = now_ms() // DAY_MS
    since, most = (last - DAYS + 1) * DAY_MS, max(LEAST_COUNTED, MOST_COUNTED // max(1, len(asked)))
    requests, records, whole = Counter[int](), Counter[int](), True
    for usage in asked:
        found = repository.days(session, account.id, usage.model_id, since, most)
        whole = whole and sum(day.requests for day in found) < most
        requests.update({day.number: day.requests for day in found})
        records.update({day.number: day.records for day in found})
    numbers = range(last - DAYS + 1, last + 1)
    return Usage([Day(number, requests[number], records[number]) for number in numbers], whole)
