"""The provider as a web application: the one place where its parts are put together."""

import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.types import Scope

from services.mlaas import facade
from services.mlaas.accounts import endpoints as accounts
from services.mlaas.accounts.service import authenticate
from services.mlaas.database import open_database
from services.mlaas.datasets import endpoints as datasets
from services.mlaas.datasets.allowance import Allowances
from services.mlaas.dependencies import Parts
from services.mlaas.keys import endpoints as keys
from services.mlaas.leakage import endpoints as leakage
from services.mlaas.ledger import endpoints as ledger
from services.mlaas.ledger.charging import Charging
from services.mlaas.ledger.repository import begin_log
from services.mlaas.ledger.writer import Ledger
from services.mlaas.loaded_models import LoadedModels
from services.mlaas.metrics import endpoints as metrics
from services.mlaas.models import endpoints as models
from services.mlaas.offer import endpoints as offer
from services.mlaas.pages import endpoints as pages
from services.mlaas.predictions import endpoints as predictions
from services.mlaas.predictions.admission import STILL_ADMITTED, Admissions
from services.mlaas.predictions.desk import Desk
from services.mlaas.predictions.room import Room
from services.mlaas.profile import Profile, load_profiles
from services.mlaas.settings import Settings
from services.mlaas.storage import storage_at
from services.mlaas.turns import Turns
from services.web.application import new_app
from services.web.problem import Unauthenticated

SHIPPED_PROFILES = Path(__file__).parent / "profiles"
UPLOADS_READ_AT_ONCE = 8  # of different accounts


def create_app(settings: Settings) -> FastAPI:
    """The API over what the settings name. Raises ProfileInvalid."""

    profiles = profiles_on_offer(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = make_parts(settings, profiles)
        parts.ledger.start()
        with ThreadPoolExecutor(cores(), "predict") as threads:
            app.state.parts = parts
            app.state.desk = Desk(parts.ledger, parts.loaded, threads, settings.predict_records, cores())
            app.state.room = Room(settings.account_requests, settings.predicting_bytes)
            app.state.admissions = Admissions(parts.database, profiles, settings.quota_records)
            threads.submit(import_module, "torch")  # the first answer needs it, and need not wait for it
            yield
        parts.ledger.close()
        parts.database.dispose()

    resources = (predictions, offer, accounts, keys, datasets, models, leakage, ledger, metrics, pages)
    return new_app(
        "MLaaS",
        "Upload labelled records, have a model trained, ask it for predictions.",
        lifespan,
        [*(resource.router for resource in resources), *facade.routers(settings.facades)],
        known,
    )


def known(scope: Scope) -> bool:
    """Whether the request has an account's key."""
    with scope["app"].state.parts.database.read() as session:
        try:
            authenticate(session, facade.key_of(scope))
        except Unauthenticated:
            return False
    return True


def cores() -> int:
    """Those that this process may use: more threads than cores would drive each other out of the caches."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_parts(settings: Settings, profiles: dict[str, Profile]) -> Parts:
    storage = storage_at(settings.storage, settings.data)
    database = open_database(settings.data, settings.database)
    with database.write() as session:
        clock = begin_log(session)
    return Parts(
        settings=settings,
        database=database,
        storage=storage,
        allowances=Allowances(settings.account_datasets, settings.account_bytes),
        turns=Turns(1),
        readers=CapacityLimiter(UPLOADS_READ_AT_ONCE),
        ledger=Ledger(database, Charging(STILL_ADMITTED, clock), most_waiting=settings.ledger_queue),
        profiles=profiles,
        loaded=LoadedModels(storage, most_bytes=settings.cache_bytes),
    )


def profiles_on_offer(settings: Settings) -> dict[str, Profile]:
    """The shipped profiles and the operator's own, which win where names are equal."""
    return load_profiles(SHIPPED_PROFILES, *([settings.profiles] if settings.profiles else []))
