"""Errors as RFC 9457 problem documents: short, with the remedy, never an echo of the input.

Problem
├── InvalidRequest        422  the request's fields
├── BadData               422  the body's content
├── BodyTooLarge          413
├── UnsupportedMediaType  415
├── NotAcceptable         406
├── Unauthenticated       401
├── Forbidden             403
├── NotFound              404
├── Conflict              409
├── NoHttp                400  before there is a request
├── TooSlow               408
├── HeadTooLong           431
└── Overloaded            503
"""

import logging
from typing import Any, ClassVar

from services.mistake import DatabaseFault, Unstorable, of_the_machine

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer other than success: `detail` tells a person what to do about it."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self, detail: str, *, headers: dict[str, str] | None = None, **extensions: int | str | list[Any]
    ) -> None:
        super().__init__(detail)
        self.detail, self.headers, self.extensions = detail, headers or {}, extensions


class InvalidRequest(Problem):
    status, slug, title = 422, "invalid-request", "The request is not valid"


class BadData(Problem):
    status, slug, title = 422, "bad-data", "The data cannot be used"


class BodyTooLarge(Problem):
    status, slug, title = 413, "body-too-large", "The body is over the limit"


class UnsupportedMediaType(Problem):
    status, slug, title = 415, "unsupported-media-type", "The body's media type is not supported"


class NotAcceptable(Problem):
    status, slug, title = 406, "not-acceptable", "No acceptable media type can be given"


class Unauthenticated(Problem):
    status, slug, title = 401, "unauthenticated", "A valid key is needed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", "This key may not do that"


class NotFound(Problem):
    status, slug, title = 404, "not-found", "There is no such thing"


class Conflict(Problem):
    status, slug, title = 409, "conflict", "The state does not allow this"


class NoHttp(Problem):
    status, slug, title = 400, "bad-request", "The request is not valid HTTP"


class TooSlow(Problem):
    status, slug, title = 408, "too-slow", "The request did not arrive in time"


class HeadTooLong(Problem):
    status, slug, title = 431, "head-too-long", "The headers are over the limit"


class Overloaded(Problem):
    status, slug, title = 503, "overloaded", "Too busy just now"

    def __init__(self, detail: str, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that can end in these problems."""
    described: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        earlier = described.get(problem.status, {}).get("description")
        text = f"{problem.title} (`{problem.slug}`)"
        described[problem.status] = {
            "description": f"{earlier}; {text}" if earlier else text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return described


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details; further members depend on the type.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
    },
}


def of(error: Exception) -> Problem | None:
    """What a customer may know of it; None where it is a bug."""
    if isinstance(error, Unstorable):
        return InvalidRequest("A text holds what cannot be stored; leave out zero characters.")
    if isinstance(error, DatabaseFault):
        log.error("%s", error)
        return Overloaded("The database does not answer just now; try again in a second.")
    if of_the_machine(error):
        log.error("%s; make room on that disk, and let this user write there", error)
        return Overloaded("Nothing can be stored just now; try again in a few seconds.", retry_after_s=5)
    return error if isinstance(error, Problem) else None
