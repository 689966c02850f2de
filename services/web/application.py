"""A web application as both servers have it: problems for errors, a request id, a tidy OpenAPI document."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import Scope

from services.database import TOUCH, Database
from services.mistake import DatabaseFault
from services.web import openapi, problem_answers
from services.web.access_log import AccessLog
from services.web.body_limit import BodyLimit
from services.web.problem import Overloaded
from services.web.request_id import RequestId


def new_app(
    title: str,
    summary: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    routers: Iterable[APIRouter],
    known: Callable[[Scope], bool] = lambda scope: False,
) -> FastAPI:
    """`known`: whether a request has a key that is valid, and may bring a large document."""
    app = FastAPI(
        title=title,
        summary=summary,
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
    )
    for router in routers:
        app.include_router(router)
    problem_answers.install(app)
    openapi.describe_problems(app)
    app.add_middleware(BodyLimit, known=known)
    app.add_middleware(RequestId)
    app.add_middleware(AccessLog)
    return app


def operation_id(route: APIRoute) -> str:
    return route.name


def check_writable(database: Database) -> None:
    """Raises Overloaded when the database takes no write."""
    try:
        with database.write() as session:
            session.execute(TOUCH)
            session.rollback()
    except DatabaseFault as error:
        raise Overloaded("The database cannot be written to.") from error
