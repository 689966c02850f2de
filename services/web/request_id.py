"""Every answer carries an X-Request-ID: the client's own, when it is a UUID, or a new one."""

import random
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"


class RequestId:
    """Pure ASGI middleware; the id is `scope["state"]["request_id"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = of(scope, Headers(scope=scope))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


def of(scope: Scope, headers: Mapping[str, str]) -> str:
    """The request's id: what its scope keeps, from the first time on."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = chosen(headers.get("x-request-id"))
    return str(state["request_id"])


def chosen(wish: str | None) -> str:
    if wish:
        try:
            return str(uuid.UUID(wish))
        except ValueError:
            pass  # not a UUID: the client's text is not ours to repeat
    return str(uuid.UUID(int=random.getrandbits(128), version=4))  # to tell apart, not to keep secret
