from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.mlaas.accounts.tables import Account
from services.mlaas.dependencies import PartsDep, asker_with, calling_account
from services.mlaas.models import repository as models
from services.mlaas.models.service import visible
from services.mlaas.pages import repository, service
from services.mlaas.pages.front import front_page, sign_in_page
from services.mlaas.pages.model import model_page
from services.mlaas.pages.traffic import Traffic
from services.mlaas.predictions.asked import bearer_of
from services.web.bodies import receive
from services.web.pages import PageRoute, answer, elsewhere
from services.web.paging import PageDep
from services.web.problem import Forbidden

COOKIE = "mlaas_pages"  # cookies are of a host, with all its ports
LARGEST_FORM_BYTES = 4_096

router = APIRouter(include_in_schema=False, route_class=PageRoute)


def own_page(request: Request) -> None:
    """Raises Forbidden for a form that another site's page has sent."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("This form came from another site; sign in on the page of this service.")


def browser(request: Request, parts: PartsDep) -> Account | None:
    """Who is signed in; None where nobody is."""
    with parts.database.read() as session:
        return service.signed_in(session, request.cookies.get(COOKIE))


def customer(request: Request, found: Annotated[Account | None, Depends(browser)]) -> Account:
    """Who is signed in, or sent a key as programs do. Raises Unauthenticated and PredictOnly."""
    if found is not None:
        return found
    return calling_account(asker_with(request, bearer_of(request.headers.get("authorization", ""))))


@router.get("/")
def show_front(
    request: Request, parts: PartsDep, account: Annotated[Account | None, Depends(browser)], page: PageDep
) -> Response:
    """What the customer has and has asked; the form to sign in where nobody is."""
    if account is None:
        return answer(sign_in_page(str(request.base_url), open_to_all=parts.settings.sign_up))
    with parts.database.read() as session:
        found = models.page(session, account.id, page.after, page.size)
        asked, others = repository.sums(session, account.id)
        usage = service.usage_by_day(session, account)
    token = page.token(found, found[-1].id if found else "")
    return answer(front_page(account.id, found, asked, others, usage, next_page=token))


@router.get("/models/{model_id}")
def show_model(model_id: str, parts: PartsDep, account: Annotated[Account, Depends(customer)]) -> Response:
    """One model, and what this account asked it."""
    with parts.database.read() as session:
        model = visible(session, account, model_id)
        asked = repository.requests(session, account.id, model.id, service.MOST_DRAWN)
    traffic = Traffic.of(asked) if asked else None
    whole = len(asked) < service.MOST_DRAWN
    return answer(model_page(model, traffic, own=model.account_id == account.id, whole=whole))


@router.post("/sign-in", dependencies=[Depends(own_page)])
async def sign_in(request: Request, parts: PartsDep) -> Response:
    """By the key in a form; it is in no URL, and the cookie is another."""
    body = await receive(request, LARGEST_FORM_BYTES)
    key = parse_qs(body.decode("utf-8", "replace")).get("key", [""])[0].strip()

    def begin() -> str:
        with parts.database.write() as session:
            return service.sign_in(session, key)

    response = elsewhere("/")
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, await run_in_threadpool(begin), secure=secure, httponly=True, samesite="strict"
    )
    return response


@router.post("/sign-out", dependencies=[Depends(own_page)])
def sign_out(request: Request, parts: PartsDep) -> Response:
    if token := request.cookies.get(COOKIE):
        with parts.database.write() as session:
            service.sign_out(session, token)
    response = elsewhere("/")
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
