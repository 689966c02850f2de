"""Pages for people: what a browser may do with one, and what goes wrong told as one."""

import base64
import hashlib
import http
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from attacker.report.markup import Html, element, html
from attacker.report.page import page, paragraph, section
from attacker.report.page_style import CSS
from services.mistake import DatabaseFault
from services.web.problem import InvalidRequest, Problem, of
from services.web.problem_answers import told

STYLE = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE}'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may be known to few
    "Cache-Control": "no-cache",
}


class PageRoute(APIRoute):
    """A route to a page. Its problems are pages too; bugs are answered as anywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return answer_problem(InvalidRequest(told(error)))
            except (Problem, DatabaseFault, OSError) as error:
                if (problem := of(error)) is None:
                    raise
                return answer_problem(problem)

        return shown


def answer(text: str, status: int = http.HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """A page that fetches nothing and runs nothing, whatever it was made to hold."""
    return HTMLResponse(text, status, HEADERS | (headers or {}))


def answer_problem(problem: Problem) -> Response:
    said = section(
        problem.title, paragraph(problem.detail), paragraph(link("/", "To the first page")), name="problem"
    )
    return answer(page(str(problem.status), [said]), problem.status, problem.headers)


def elsewhere(address: str) -> Response:
    """To another page, after a form was sent."""
    return RedirectResponse(address, http.HTTPStatus.SEE_OTHER, HEADERS)


def form(address: str, *fields: object) -> Html:
    return element("form", *fields, action=address, method="post")


def link(address: str, *parts: object) -> Html:
    return element("a", *parts, href=address)


def spaced(*parts: object) -> Html:
    """With a blank between them: none at the end of a text is kept."""
    return Html(" ".join(map(html, parts)))


def command(line: str) -> Html:
    """To be copied whole by one click; a long one scrolls by itself."""
    return element("pre", element("code", line), tabindex=0)


def sentences(*said: object) -> Html:
    """A list of them."""
    return element("ul", *(element("li", one) for one in said), class_="text")
