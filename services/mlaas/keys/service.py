"""Further keys: made for an account, shown once, revoked but never deleted."""

from sqlalchemy.orm import Session

from services.mlaas.database import now_ms
from services.mlaas.ids import new_id
from services.mlaas.keys import repository
from services.mlaas.keys.schemas import CreatedKey, KeyDocument, NewKey
from services.mlaas.keys.tables import Key
from services.web import keys
from services.web.problem import NotFound

PREFIX = "pk"


def make(session: Session, account_id: str, asked: NewKey) -> CreatedKey:
    key_id = new_id("k")
    text, digest = keys.new_key(PREFIX, key_id)
    key = Key(
        id=key_id,
        account_id=account_id,
        name=asked.name,
        scope=asked.scope,
        key_sha256=digest,
        created_at=now_ms(),
    )
    session.add(key)
    return CreatedKey(api_key=text, **document(key).model_dump())


def document(key: Key) -> KeyDocument:
    return KeyDocument.model_validate(key, from_attributes=True)


def revoke(session: Session, account_id: str, key_id: str) -> None:
    """Refuse it from now on; a key that is revoked stays so."""
    key = repository.by_id(session, key_id)
    if key is None or key.account_id != account_id:
        raise NotFound("This account has no such key; GET /v1/keys lists what it has.")
    key.revoked_at = key.revoked_at or now_ms()
