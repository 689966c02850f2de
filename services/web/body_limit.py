"""No body is read without a limit: a small one for documents, and more where an endpoint reads for itself.

Python's parser takes seconds for what is made of nothing but empty lists, and all others wait meanwhile: what
a document is made of has a limit, too, and so has what is read before it is known who sends it.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOCUMENT_BYTES = 16 * 2**20
ANYBODYS_BYTES = 2**16
RETRY = {"Retry-After": "1"}
HELD_BYTES = 256 * 2**20  # in memory at once
MOST_WORK = 2_500_000  # commas, and ten for each list, object and member


class BodyLimit:
    """Pure ASGI middleware; `own_limit(scope, n)` raises the limit of the request at hand."""

    def __init__(self, app: ASGIApp, known: Callable[[Scope], bool]) -> None:
        """`known`: whether a request has a key that is valid."""
        self.app, self.known, self.held = app, known, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = counted = kept = 0
        length = int(Headers(scope=scope).get("content-length", 0))  # a number, or there would be no request

        def keep(count: int) -> None:
            nonlocal kept
            kept += count
            self.held += count
            if self.held > HELD_BYTES:
                raise HTTPException(503, "All memory for bodies is in use; try again in a second.", RETRY)

        async def receive_some() -> Message:
            nonlocal received, counted
            message = await receive()
            body = message.get("body", b"")
            before, received = received, received + len(body)
            own = scope["state"].get("body_limit")
            if length > (own or DOCUMENT_BYTES):
                raise HTTPException(413)
            if scope["state"].get("body_kept", True):
                keep(len(body))
            if own is None:
                counted += 10 * parts(body) + body.count(b",")
                if before <= ANYBODYS_BYTES < received and not self.known(scope):
                    raise HTTPException(413)
            if received > (own or DOCUMENT_BYTES) or counted > MOST_WORK:
                raise HTTPException(413)
            return message

        scope.setdefault("state", {})
        try:
            await self.app(scope, receive_some, send)
        finally:
            self.held -= kept


def parts(text: bytes) -> int:
    """At most so many lists, objects and members are in a JSON text."""
    return text.count(b"[") + text.count(b"{") + text.count(b":")


def own_limit(scope: Scope, limit_bytes: int, *, kept: bool = True) -> None:
    """For an endpoint that counts what it reads; a chunk more, so that its own refusal comes first.

    `kept`: in memory, as a whole.
    """
    scope["state"]["body_kept"] = kept
    scope["state"]["body_limit"] = limit_bytes + 2**20
