"""What a facade is: another service's API in front of ours, so that its clients can be customers here.

A facade translates, and does nothing else: accounts, ledger, quota, limits, and what a customer may read, are
the same behind it. Each is a folder in facades/ whose `endpoints` has a `router`; an operator says which are
open. They are in no document of ours: each is described by whose API it is.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.mistake import Mistake
from services.mlaas.dependencies import Asker, asker_with
from services.mlaas.predictions.asked import bearer_of
from services.mlaas.predictions.direct import Door, Manner, respond
from services.web import problem_answers
from services.web.body_limit import own_limit
from services.web.problem import BadData, BodyTooLarge, InvalidRequest, Overloaded, Problem, of

PACKAGE = "services.mlaas.facades"
ALL, NONE = "all", "none"
Refuse = Callable[[Scope, Problem], Response]


def names() -> list[str]:
    """Of all facades that there are; none is imported."""
    folder = importlib.import_module(PACKAGE).__path__
    return sorted(module.name for module in pkgutil.iter_modules(folder))


def wanted(words: str) -> Iterator[ModuleType]:
    """The `endpoints` of `all`, `none`, or those named, with commas. Raises Mistake."""
    known = names()
    chosen = {ALL: known, NONE: []}.get(words, [name.strip() for name in words.split(",")])
    for name in chosen:
        if name not in known:
            raise Mistake(f"there is no facade named {name!r}: say all, none, or some of {', '.join(known)}")
        yield importlib.import_module(f"{PACKAGE}.{name}.endpoints")


def routers(words: str) -> Iterator[APIRouter]:
    """Raises Mistake."""
    return (endpoints.router for endpoints in wanted(words))


def doors(words: str) -> Iterator[Door]:
    """Where predictions go around the framework: to `DOORS` of those that have some. Raises Mistake."""
    return (door for endpoints in wanted(words) for door in getattr(endpoints, "DOORS", ()))


def key_of(scope: Scope) -> str:
    """The key that a request has, wherever clients put theirs; empty where there is none.

    A bearer's token; `key` in the query, as Google's clients have it; the access key id of Amazon's. Their
    signature is not looked at: to verify it takes the secret itself, and here are digests alone.
    """
    found = key_in(Headers(scope=scope).get("authorization", ""))
    return found or QueryParams(scope["query_string"]).get("key", "")


def key_in(authorization: str) -> str:
    """The key in an Authorization header: a bearer's token, or the access key id of Amazon's clients."""
    if "Credential=" in authorization:
        return authorization.partition("Credential=")[2].partition("/")[0]
    return bearer_of(authorization)


def asker_of(request: Request) -> Asker:
    """Who asks; raises Unauthenticated."""
    return asker_with(request, key_of(request.scope))


def answering(refuse: Refuse) -> type[APIRoute]:
    """Routes whose refusals are in a facade's own words."""

    class Route(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Any]:
            handle = super().get_route_handler()

            async def handle_in_own_words(request: Request) -> Response:
                try:
                    return await handle(request)
                except Exception as error:
                    found = problem_of(error)
                    return (
                        refuse(request.scope, found) if found else problem_answers.bug(request.scope, error)
                    )

            return handle_in_own_words

    return Route


def problem_of(error: Exception) -> Problem | None:
    """Whatever a route can end in, as a problem; None where it is a bug."""
    if isinstance(error, RequestValidationError):
        return InvalidRequest(problem_answers.told(error))
    if isinstance(error, HTTPException):
        known = {400: BadData, 413: BodyTooLarge}.get(error.status_code, Overloaded)
        return known(problem_answers.said_of(error))
    return of(error)


class Predicted(Response):
    """The answer to a request for predictions: computed, charged and written while it is sent.

    `receive` gives the body, where it was read already.
    """

    def __init__(self, manner: Manner, model_id: str, receive: Receive | None = None) -> None:
        super().__init__()
        self.manner, self.model_id, self.receive = manner, model_id, receive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = scope["app"]
        own_limit(scope, app.state.parts.settings.predict_npy_bytes, kept=False)  # it has a place
        await respond(app, self.manner, self.model_id, scope, self.receive or receive, send)
