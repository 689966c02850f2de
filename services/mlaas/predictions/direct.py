"""Predictions go around the framework, whose own handling of a request takes longer than its answer."""

import asyncio
import re
from time import perf_counter

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.mlaas.errors import TooManyRequests
from services.mlaas.predictions import service
from services.mlaas.predictions.room import Place
from services.web import access_log, problem_answers, request_id
from services.web.problem import of

ROUTE = "/v1/models/{model_id}/predict"
LARGE = 2**16
PAUSE_S = 0.5  # before a refusal for too many requests at once: others wait for whoever comes again at once
PATH = re.compile("/v1/models/([^/]+)/predict")


class PredictionsFirst:
    """An ASGI application that answers predictions itself, and hands on everything else."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and (path := PATH.fullmatch(scope["path"])):
            await respond(self.app, path[1], scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def respond(app: FastAPI, model_id: str, scope: Scope, receive: Receive, send: Send) -> None:
    with Place(app.state.room) as place:
        await respond_in(place, app, model_id, scope, receive, send)


async def respond_in(
    place: Place, app: FastAPI, model_id: str, scope: Scope, receive: Receive, send: Send
) -> None:
    # Of several equal headers the first counts, as elsewhere.
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"][::-1]}
    own_id, state, began = request_id.of(scope, headers), app.state, perf_counter()
    try:
        answer = await service.predict(
            headers, receive, own_id, model_id, state.parts.settings, state.admissions, state.desk, place
        )
    except ClientDisconnect:
        return  # nobody is left to answer, and nothing was charged
    except Exception as error:
        if isinstance(error, TooManyRequests):
            await asyncio.sleep(PAUSE_S)
        found = of(error)
        response = problem_answers.answer(scope, found) if found else problem_answers.bug(scope, error)
        response.headers[request_id.HEADER] = own_id
        await response(scope, receive, send)
        access_log.tell(scope, ROUTE, response.status_code, perf_counter() - began)
        return
    answered = [
        (b"content-length", b"%d" % len(answer.body)),
        (b"content-type", answer.media_type.encode()),
        (b"records-charged", b"%d" % answer.charged),
        (b"x-request-id", own_id.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": answered})
    large = len(answer.body) > LARGE
    await send({"type": "http.response.body", "body": answer.body, "more_body": large})
    if large:  # the place is left when the client has taken it
        await send({"type": "http.response.body", "body": b""})
