"""The first page: what this service is and a form for the key, or what the customer has and has asked."""

from collections.abc import Sequence

from attacker.report.markup import Html, element
from attacker.report.page import figure, page, paragraph, section, table
from services.mlaas.ledger.tables import Usage as Sums
from services.mlaas.models.tables import Model
from services.mlaas.pages.repository import DAY_MS
from services.mlaas.pages.service import Usage
from services.mlaas.pages.words import day
from services.web.bars import bars
from services.web.pages import command, form, link, spaced

TITLE = "Machine learning as a service"
LEAD = (
    "Upload labelled records, have a model trained, ask it for predictions. What the model is stays within."
)
SIGN_UP = "curl -X POST {url}v1/accounts"


def sign_in_page(url: str, *, open_to_all: bool) -> str:
    key = element(
        "input", id="key", name="key", type="password", required="", autocomplete="off", spellcheck="false"
    )
    fields = [element("label", "API key of your account", for_="key"), key, element("button", "Sign in")]
    parts = [form("/sign-in", *fields)]
    if open_to_all:
        parts += [
            paragraph("An account, and its key, are had by one request:"),
            command(SIGN_UP.format(url=url)),
        ]
    return page(TITLE, [section("Sign in", *parts, name="sign-in"), documents()], lead=LEAD)


def front_page(
    account_id: str,
    models: Sequence[Model],
    asked: Sequence[Sums],
    others: Sequence[Sums],
    usage: Usage,
    *,
    next_page: str,
) -> str:
    """`asked`: of the account's own models, and of others'; `next_page`: its token, empty without one."""
    counted = {sums.model_id: sums for sums in asked}
    parts = [section("Models", *models_of(models, counted, next_page), name="models")]
    if others:
        parts.append(section("Others you have asked", others_table(others), name="others"))
    signed_in = section("Signed in", form("/sign-out", element("button", "Sign out")), name="account")
    return page(TITLE, [*parts, days(usage), signed_in, documents()], lead=f"Account {account_id}")


def models_of(models: Sequence[Model], asked: dict[str, Sums], next_page: str) -> list[Html]:
    if not models:
        api = link("/openapi.json", "the API")
        return [paragraph(spaced("You have none yet; by", api, "you have one trained."))]
    head = ["model", "state", "asked by you", "profile", "trained on", "made"]
    found = [table("Asked: records, by this account", head, [row(model, asked) for model in models])]
    return [*found, paragraph(link(f"/?page_token={next_page}", "More models"))] if next_page else found


def row(model: Model, asked: dict[str, Sums]) -> list[object]:
    records = asked[model.id].records if model.id in asked else 0
    return [
        link(f"/models/{model.id}", model.id),
        model.state,
        f"{records:,}",
        model.profile,
        f"{model.training_rows:,}",
        day(model.created_at // DAY_MS),
    ]


def others_table(others: Sequence[Sums]) -> Html:
    rows = [
        [link(f"/models/{sums.model_id}", sums.model_id), f"{sums.requests:,}", f"{sums.records:,}"]
        for sums in others
    ]
    return table("Models that others share, or shared", ["model", "requests", "records"], rows)


def days(usage: Usage) -> Html:
    found = usage.days
    drawn = bars(
        [one.records for one in found],
        "Records asked, by day",
        first=day(found[0].number),
        last=day(found[-1].number),
    )
    rows = [
        [day(one.number), f"{one.requests:,}", f"{one.records:,}"] for one in reversed(found) if one.requests
    ]
    told = [figure(drawn, "Records asked in the last days (UTC).")]
    if rows:
        told.append(table("By day, in UTC", ["day", "requests", "records"], rows))
    else:
        told.append(paragraph("Nothing was asked in these days."))
    if not usage.whole:
        told.append(
            paragraph("Of models that were asked very often, the newest requests alone are counted here.")
        )
    return section("Usage by day", *told, name="usage")


def documents() -> Html:
    return paragraph(spaced("For programs:", link("/openapi.json", "the API.")))
