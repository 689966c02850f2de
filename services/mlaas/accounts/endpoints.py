from fastapi import APIRouter, Response

from services.mlaas.accounts.schemas import NewAccount
from services.mlaas.accounts.service import open_account
from services.mlaas.dependencies import PartsDep
from services.mlaas.errors import SignUpClosed
from services.web.problem import responses

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


@router.post("", status_code=201, responses=responses(SignUpClosed))
def sign_up(parts: PartsDep, response: Response) -> NewAccount:
    """Open an account. The API key is shown this once."""
    if not parts.settings.sign_up:
        raise SignUpClosed("Ask the operator for an account; `mlaas accounts create` makes one.")
    with parts.database.write() as session:
        account, key = open_account(session)
    response.headers["Cache-Control"] = "no-store"
    return NewAccount(account_id=account.id, api_key=key)
