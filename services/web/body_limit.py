"""No body is read without a limit: a small one for documents, and more where an endpoint reads for itself."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOCUMENT_BYTES = 16 * 2**20


class BodyLimit:
    """Pure ASGI middleware; `own_limit(scope, n)` raises the limit of the request at hand."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > scope["state"].get("body_limit", DOCUMENT_BYTES):
                raise HTTPException(413)
            return message

        scope.setdefault("state", {})
        await self.app(scope, receive_some, send)


def own_limit(scope: Scope, limit_bytes: int) -> None:
    """For an endpoint that counts what it reads; a chunk more, so that its own refusal comes first."""
    scope["state"]["body_limit"] = limit_bytes + 2**20
