"""Refusals in Google's words."""

from starlette.responses import JSONResponse
from starlette.types import Scope

from services.web.problem import Problem

REASONS = {
    400: "invalid",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    413: "uploadTooLarge",
    429: "rateLimitExceeded",
    501: "notImplemented",
    503: "backendError",
}
UNPROCESSABLE, INVALID = 422, 400
CHALLENGE = "www-authenticate"
REALM = 'Bearer realm="mlaas"'  # without a realm, Google's clients cannot read it


class NotHere(Problem):
    status, slug, title = 501, "not-here", "Google had it, and this has not"


def refuse(scope: Scope, problem: Problem) -> JSONResponse:
    status = INVALID if problem.status == UNPROCESSABLE else problem.status
    headers = {name: REALM if name.lower() == CHALLENGE else value for name, value in problem.headers.items()}
    error = {"domain": "global", "reason": REASONS.get(status, "backendError"), "message": problem.detail}
    return JSONResponse(
        {"error": {"errors": [error], "code": status, "message": problem.detail}}, status, headers
    )
