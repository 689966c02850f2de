"""Accounts: opened with a key that is shown once, checked on every call, revoked but never deleted."""

from sqlalchemy.orm import Session

from services.mistake import Mistake
from services.mlaas.accounts import repository
from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.ids import new_id
from services.mlaas.keys import repository as further_keys
from services.mlaas.keys.service import PREFIX
from services.mlaas.keys.tables import Key
from services.web import keys
from services.web.problem import Unauthenticated


def open_account(session: Session, *, is_admin: bool = False) -> tuple[Account, str]:
    """A new account and its API key."""
    account_id = new_id("a")
    key, digest = keys.new_key(PREFIX, account_id)
    account = Account(id=account_id, key_sha256=digest, is_admin=is_admin, created_at=now_ms())
    session.add(account)
    return account, key


def authenticate(session: Session, text: str | None) -> tuple[Account, Key | None]:
    """The account that a key is of, and which of its further keys it is; None for its own.

    Raises Unauthenticated without telling which part was wrong.
    """
    account, key = named(session, keys.owner_of(text) if text else None)
    revoked = account is None or account.revoked_at or (key is not None and key.revoked_at)
    if account is None or revoked or not keys.matches(text or "", (key or account).key_sha256):
        raise Unauthenticated("Send a valid key as `Authorization: Bearer KEY`; POST /v1/accounts gives one.")
    return account, key


def named(session: Session, owner_id: str | None) -> tuple[Account | None, Key | None]:
    """Whose a key says it is: an account's own, or one of its further keys."""
    if owner_id is None:
        return None, None
    if (account := repository.by_id(session, owner_id)) is not None:
        return account, None
    key = further_keys.by_id(session, owner_id)
    return (repository.by_id(session, key.account_id) if key else None), key


def revoke(session: Session, account_id: str) -> None:
    account = repository.by_id(session, account_id)
    if account is None:
        raise Mistake("there is no such account; `mlaas accounts list` shows them")
    account.revoked_at = account.revoked_at or now_ms()
