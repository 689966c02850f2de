"""How a server answers with problem documents: by an application's handlers, or without one."""

import http
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services.mistake import DatabaseFault
from services.web.problem import MEDIA_TYPE, BadData, BodyTooLarge, InvalidRequest, Problem, of

TYPE_PREFIX = "https://penumbra.example/problems/"
MOST_ERRORS_SHOWN = 20

log = logging.getLogger(__name__)


def answer(scope: Scope, problem: Problem) -> JSONResponse:
    body = document(scope, problem.status, problem.slug, problem.title, problem.detail, **problem.extensions)
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


def bug(scope: Scope, error: Exception) -> JSONResponse:
    detail = "This is our fault, not yours; quote the request id when you report it."
    body = document(scope, 500, Problem.slug, Problem.title, detail)
    log.error("a request failed", exc_info=error, extra={"fields": {"request_id": body["request_id"]}})
    return JSONResponse(body, 500, {"X-Request-ID": body["request_id"]}, MEDIA_TYPE)


def document(scope: Scope, status: int, slug: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    request_id = scope.get("state", {}).get("request_id", "")
    return {
        "type": TYPE_PREFIX + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
        **more,
    }


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""

    @app.exception_handler(Problem)
    def answer_problem(request: Request, problem: Problem) -> JSONResponse:
        return answer(request.scope, problem)

    @app.exception_handler(DatabaseFault)
    @app.exception_handler(OSError)
    def answer_fault(request: Request, fault: DatabaseFault | OSError) -> JSONResponse:
        found = of(fault)
        return answer(request.scope, found) if found else bug(request.scope, fault)

    @app.exception_handler(RequestValidationError)
    def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        shown = [{"detail": e["msg"], "pointer": pointer(e["loc"])} for e in found[:MOST_ERRORS_SHOWN]]
        detail = told(error)
        more: dict[str, Any] = {"errors": shown} | ({"truncated": True} if len(found) > len(shown) else {})
        kind = InvalidRequest
        body = document(request.scope, kind.status, kind.slug, kind.title, detail, **more)
        return JSONResponse(body, kind.status, media_type=MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    def answer_http(request: Request, error: HTTPException) -> JSONResponse:
        detail = said_of(error)
        if error.status_code == 400:
            return answer(request.scope, BadData(detail))
        phrase = http.HTTPStatus(error.status_code).phrase
        slug = BodyTooLarge.slug if error.status_code == 413 else phrase.lower().replace(" ", "-")
        body = document(request.scope, error.status_code, slug, phrase, detail)
        return JSONResponse(body, error.status_code, dict(error.headers or {}), MEDIA_TYPE)

    @app.exception_handler(Exception)
    def answer_bug(request: Request, error: Exception) -> JSONResponse:
        return bug(request.scope, error)


def told(error: RequestValidationError) -> str:
    """What is wrong with the first fields that are."""
    return "; ".join(f"{pointer(e['loc'])}: {e['msg']}" for e in error.errors()[:3])


def said_of(error: HTTPException) -> str:
    return {
        # FastAPI's word for bytes that are no text, or nested without end.
        400: "The body cannot be read; send JSON in UTF-8.",
        404: "There is nothing at this path; see /openapi.json for what there is.",
        405: "This path does not take that method; see /openapi.json.",
        413: "The body is larger, or has more parts, than a document that is taken here from whom it is.",
    }.get(error.status_code, str(error.detail))


def pointer(location: tuple[int | str, ...]) -> str:
    """Where in the request an error lies, as a JSON pointer; long member names are cut."""
    parts = [str(part)[:40] for part in location if part != "body"]
    return "#/" + "/".join(parts)
