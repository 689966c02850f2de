"""Accounts: opened with a key that is shown once, checked on every call, revoked but never deleted."""

from sqlalchemy.orm import Session

from services.mistake import Mistake
from services.mlaas.accounts import repository
from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.ids import new_id
from services.web import keys
from services.web.problem import Unauthenticated

KEY_PREFIX = "pk"


def open_account(session: Session, *, is_admin: bool = False) -> tuple[Account, str]:
    """A new account and its API key."""
    account_id = new_id("a")
    key, digest = keys.new_key(KEY_PREFIX, account_id)
    account = Account(id=account_id, key_sha256=digest, is_admin=is_admin, created_at=now_ms())
    session.add(account)
    return account, key


def authenticate(session: Session, key: str | None) -> Account:
    """The account of a key; raises Unauthenticated without telling which part was wrong."""
    account_id = keys.owner_of(key) if key else None
    account = repository.by_id(session, account_id) if account_id else None
    if account is None or account.revoked_at or not keys.matches(key or "", account.key_sha256):
        raise Unauthenticated("Send a valid key as `Authorization: Bearer KEY`; POST /v1/accounts gives one.")
    return account


def revoke(session: Session, account_id: str) -> None:
    account = repository.by_id(session, account_id)
    if account is None:
        raise Mistake("there is no such account; `mlaas accounts list` shows them")
    account.revoked_at = account.revoked_at or now_ms()
