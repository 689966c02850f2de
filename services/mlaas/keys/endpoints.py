from fastapi import APIRouter, Response

from services.mlaas.dependencies import Caller, PartsDep
from services.mlaas.errors import PredictOnly
from services.mlaas.keys import repository, service
from services.mlaas.keys.schemas import CreatedKey, KeyList, NewKey
from services.web.paging import PageDep
from services.web.problem import InvalidRequest, NotFound, Unauthenticated, responses

router = APIRouter(
    prefix="/v1/keys", tags=["accounts"], responses=responses(Unauthenticated, PredictOnly, InvalidRequest)
)


@router.post("", status_code=201)
def make_key(asked: NewKey, response: Response, parts: PartsDep, account: Caller) -> CreatedKey:
    """Make a further key to this account that may do less, to hand on. It is shown this once."""
    with parts.database.write() as session:
        made = service.make(session, account.id, asked)
    response.headers["Location"] = f"/v1/keys/{made.id}"
    response.headers["Cache-Control"] = "no-store"
    return made


@router.get("")
def list_keys(parts: PartsDep, account: Caller, page: PageDep) -> KeyList:
    """The further keys of this account, the revoked ones too."""
    with parts.database.read() as session:
        found = repository.page(session, account.id, page.after, page.size)
    token = page.token(found, found[-1].id if found else "")
    return KeyList(items=[service.document(key) for key in found], next_page_token=token)


@router.delete("/{key_id}", status_code=204, responses=responses(NotFound))
def revoke_key(key_id: str, parts: PartsDep, account: Caller) -> None:
    """Refuse a key from now on. What was asked with it stays in the usage."""
    with parts.database.write() as session:
        service.revoke(session, account.id, key_id)
