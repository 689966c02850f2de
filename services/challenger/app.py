"""The challenger as a web application: the one place where its parts are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.challenger import endpoints as service
from services.challenger.database import open_database
from services.challenger.dependencies import Parts
from services.challenger.games import endpoints as games
from services.challenger.games.preparation import Preparation
from services.challenger.pages import endpoints as pages
from services.challenger.settings import Settings, secret_of
from services.challenger.submissions import endpoints as submissions
from services.challenger.uploads import endpoints as uploads
from services.challenger.uploads.folder import Uploads
from services.web.application import new_app


def create_app(settings: Settings) -> FastAPI:
    """The API over the games in `settings.data`. Raises NewerDatabase and WeakSecret at its start."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = make_parts(settings)
        parts.preparation.start()
        app.state.parts = parts
        yield
        parts.preparation.stop()
        parts.database.dispose()

    resources = (service, uploads, games, submissions, pages)
    return new_app(
        "Challenger",
        "Create, play and close membership inference games.",
        lifespan,
        [resource.router for resource in resources],
    )


def make_parts(settings: Settings) -> Parts:
    secret = secret_of(settings)
    database = open_database(settings.data)
    brought = Uploads(settings.data / "uploads", settings.uploads_bytes)
    return Parts(settings, database, Preparation(settings, database, secret, brought), brought)
