"""Predictions go around the framework, whose own handling of a request takes longer than its answer."""

import re

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.mistake import DatabaseFault
from services.mlaas.predictions import service
from services.web import problem, request_id
from services.web.problem import Problem

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
    # Of several equal headers the first counts, as elsewhere.
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"][::-1]}
    own_id, state = request_id.of(scope, headers), app.state
    try:
        answer = await service.predict(
            headers, receive, own_id, model_id, state.parts.settings, state.admissions, state.desk
        )
    except ClientDisconnect:
        return  # nobody is left to answer, and nothing was charged
    except Exception as error:
        found = problem.of(error) if isinstance(error, DatabaseFault) else error
        response = problem.answer(scope, found) if isinstance(found, Problem) else problem.bug(scope, found)
        response.headers[request_id.HEADER] = own_id
        await response(scope, receive, send)
        return
    answered = [
        (b"content-length", b"%d" % len(answer.body)),
        (b"content-type", answer.media_type.encode()),
        (b"records-charged", b"%d" % answer.charged),
        (b"x-request-id", own_id.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": answered})
    await send({"type": "http.response.body", "body": answer.body})
