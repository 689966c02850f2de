"""What endpoints are given: the parts made in `app.py`, and the account that calls."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.database import Database
from services.mlaas.accounts.service import authenticate
from services.mlaas.accounts.tables import Account
from services.mlaas.datasets.allowance import Allowances
from services.mlaas.errors import PredictOnly
from services.mlaas.ledger.writer import Ledger
from services.mlaas.loaded_models import LoadedModels
from services.mlaas.profile import Profile
from services.mlaas.settings import Settings
from services.mlaas.storage import Storage
from services.mlaas.turns import Turns
from services.web.problem import Forbidden


@dataclass(frozen=True)
class Parts:
    settings: Settings
    database: Database
    storage: Storage
    allowances: Allowances
    turns: Turns  # of those who have uploads read
    readers: CapacityLimiter  # threads that read uploads: all others have theirs
    ledger: Ledger
    profiles: dict[str, Profile]
    loaded: LoadedModels


async def parts(request: Request) -> Parts:  # async: what is not costs a change of thread
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


PartsDep = Annotated[Parts, Depends(parts)]
bearer = HTTPBearer(auto_error=False, description="The API key that POST /v1/accounts gave.")


@dataclass(frozen=True)
class Asker:
    """Who asks: an account, with its own key or with one that may only predict."""

    account: Account
    with_own_key: bool


def asker(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Asker:
    return asker_with(request, credentials.credentials if credentials else None)


def asker_with(request: Request, key: str | None) -> Asker:
    """Raises Unauthenticated."""
    with request.app.state.parts.database.read() as session:
        account, further_key = authenticate(session, key)
    request.state.account_id = account.id
    return Asker(account, further_key is None)


AskerDep = Annotated[Asker, Depends(asker)]


def calling_account(asker: AskerDep) -> Account:
    """Raises PredictOnly."""
    if not asker.with_own_key:
        raise PredictOnly("Use the account's own key for this; what it made you may only predict.")
    return asker.account


Caller = Annotated[Account, Depends(calling_account)]


def calling_admin(account: Caller) -> Account:
    if not account.is_admin:
        raise Forbidden("This needs an operator's key; `mlaas accounts create --admin` gives one.")
    return account


Admin = Annotated[Account, Depends(calling_admin)]
