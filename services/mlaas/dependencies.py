"""What endpoints are given: the parts made in `app.py`, and the account that calls."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.database import Database
from services.mlaas.accounts.service import authenticate
from services.mlaas.accounts.tables import Account
from services.mlaas.ledger.writer import Ledger
from services.mlaas.loaded_models import LoadedModels
from services.mlaas.profile import Profile
from services.mlaas.settings import Settings
from services.mlaas.storage import Storage
from services.web.problem import Forbidden


@dataclass(frozen=True)
class Parts:
    settings: Settings
    database: Database
    storage: Storage
    ledger: Ledger
    profiles: dict[str, Profile]
    loaded: LoadedModels


async def parts(request: Request) -> Parts:  # async: what is not costs a change of thread
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


PartsDep = Annotated[Parts, Depends(parts)]
bearer = HTTPBearer(auto_error=False, description="The API key that POST /v1/accounts gave.")


def calling_account(
    parts: PartsDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Account:
    with parts.database.read() as session:
        return authenticate(session, credentials.credentials if credentials else None)


Caller = Annotated[Account, Depends(calling_account)]


def calling_admin(account: Caller) -> Account:
    if not account.is_admin:
        raise Forbidden("This needs an operator's key; `mlaas accounts create --admin` gives one.")
    return account


Admin = Annotated[Account, Depends(calling_admin)]
