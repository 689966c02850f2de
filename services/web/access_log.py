"""A line in the log for every request: which route, how it ended, how long it took, for whom.

The route is its template: a path may hold an id of the customer's choosing, and a query anything at all.
Predictions that are answered are not here but in the ledger.
"""

import logging
from time import perf_counter
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHECKS = ("/livez", "/readyz")  # asked every few seconds, and of interest when they fail
SERVER_ERROR, CLIENT_ERROR = 500, 400

log = logging.getLogger(__name__)


class AccessLog:
    """Pure ASGI middleware, around all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 0

        async def send_and_see(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, send_and_see)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception:
            status = SERVER_ERROR  # which is sent further out
            raise
        finally:
            route = getattr(scope.get("route"), "path", None)
            if status >= CLIENT_ERROR or route not in CHECKS:
                tell(scope, route, status, perf_counter() - began)


def tell(scope: Scope, route: str | None, status: int, seconds: float) -> None:
    """`status` 0: the client was gone before there was an answer. `route` None: there is none."""
    state: dict[str, Any] = scope.get("state", {})
    fields = {
        "method": scope["method"],
        "route": route,
        "status": status,
        "seconds": round(seconds, 6),
        "request_id": state.get("request_id"),
        "account_id": state.get("account_id"),
    }
    level = logging.ERROR if status >= SERVER_ERROR else logging.INFO
    log.log(level, "request", extra={"fields": fields})
