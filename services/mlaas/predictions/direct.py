"""Predictions go around the framework, whose own handling of a request takes longer than its answer."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.mlaas.errors import TooManyRequests
from services.mlaas.predictions import service
from services.mlaas.predictions.asked import Asked
from services.mlaas.predictions.native import NativeAsked
from services.mlaas.predictions.room import Place
from services.web import access_log, problem_answers, request_id
from services.web.problem import Problem, of

ROUTE = "/v1/models/{model_id}/predict"
ANSWERED = 200
LARGE = 2**16
PAUSE_S = 0.5  # before a refusal for too many requests at once: others wait for whoever comes again at once


@dataclass(frozen=True)
class Manner:
    """How an API asks for predictions, and how it is refused: by headers and a request id, and by a scope."""

    read: Callable[[Mapping[str, str], str], Asked]
    refuse: Callable[[Scope, Problem], Response]


NATIVE = Manner(NativeAsked.of, problem_answers.answer)


@dataclass(frozen=True)
class Door:
    """Where predictions are asked for: a path with `{model_id}` in it."""

    route: str
    manner: Manner

    @cached_property
    def path(self) -> re.Pattern[str]:
        before, _, after = self.route.partition("{model_id}")
        return re.compile(f"{re.escape(before)}([^/]+){re.escape(after)}")


class PredictionsFirst:
    """An ASGI application that answers predictions itself, and hands on everything else."""

    def __init__(self, app: FastAPI, others: Iterable[Door] = ()) -> None:
        """`others`: the doors that are open beside our own API's."""
        self.app, self.doors = app, [Door(ROUTE, NATIVE), *others]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            for door in self.doors:
                if path := door.path.fullmatch(scope["path"]):
                    await self.answer(door, path[1], scope, receive, send)
                    return
        await self.app(scope, receive, send)

    async def answer(self, door: Door, model_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        status = await respond(self.app, door.manner, model_id, scope, receive, send)
        if status != ANSWERED:
            access_log.tell(scope, door.route, status, perf_counter() - began)


async def respond(
    app: FastAPI, manner: Manner, model_id: str, scope: Scope, receive: Receive, send: Send
) -> int:
    """Answer a request for predictions; the status, which is 200 too where nobody is left to answer."""
    with Place(app.state.room) as place:
        return await respond_in(place, app, manner, model_id, scope, receive, send)


async def respond_in(
    place: Place, app: FastAPI, manner: Manner, model_id: str, scope: Scope, receive: Receive, send: Send
) -> int:
    # Of several equal headers the first counts, as elsewhere.
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"][::-1]}
    own_id, state = request_id.of(scope, headers), app.state
    try:
        written, charged = await service.predict(
            manner.read(headers, own_id),
            headers,
            receive,
            model_id,
            state.parts.settings,
            state.admissions,
            state.desk,
            place,
        )
    except ClientDisconnect:
        return ANSWERED  # nothing was charged
    except Exception as error:
        if isinstance(error, TooManyRequests):
            await asyncio.sleep(PAUSE_S)
        found = of(error)
        response = manner.refuse(scope, found) if found else problem_answers.bug(scope, error)
        response.headers[request_id.HEADER] = own_id
        await response(scope, receive, send)
        return response.status_code
    answered = [
        (b"content-length", b"%d" % len(written.body)),
        (b"content-type", written.media_type.encode()),
        (b"records-charged", b"%d" % charged),
        (b"x-request-id", own_id.encode()),
        *written.headers,
    ]
    await send({"type": "http.response.start", "status": ANSWERED, "headers": answered})
    large = len(written.body) > LARGE
    await send({"type": "http.response.body", "body": written.body, "more_body": large})
    if large:  # the place is left when the client has taken it
        await send({"type": "http.response.body", "body": b""})
    return ANSWERED
