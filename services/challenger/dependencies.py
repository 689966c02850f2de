"""What endpoints are given: the parts made in `app.py`, and the key of whoever calls."""

from dataclasses import dataclass, field
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.challenger.files import GameFiles
from services.challenger.games.preparation import Preparation
from services.challenger.provider import Provider
from services.challenger.settings import Settings
from services.challenger.uploads.folder import Uploads
from services.database import Database

IMPATIENT_S = 5.0  # somebody waits for the answer


@dataclass(frozen=True)
class Parts:
    settings: Settings
    database: Database
    preparation: Preparation
    uploads: Uploads
    closers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))  # threads
    readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))  # of uploads

    def files(self, game_id: str) -> GameFiles:
        return GameFiles(self.settings.data / "games" / game_id)

    def provider(self, key: str | None = None) -> Provider:
        return Provider(self.settings.provider, key, min(IMPATIENT_S, self.settings.patience_s))


def parts(request: Request) -> Parts:
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


def given_key(
    credentials: Annotated[
        HTTPAuthorizationCredentials | None,
        Depends(HTTPBearer(auto_error=False, description="The owner key that POST /v1/games gave.")),
    ],
) -> str | None:
    return credentials.credentials if credentials else None


PartsDep = Annotated[Parts, Depends(parts)]
KeyDep = Annotated[str | None, Depends(given_key)]
