"""The first page: what this service is and a form for the key, or what the customer has and has asked."""

from collections.abc import Sequence

from attacker.report.markup import Html, element
from attacker.report.page import figure, page, paragraph, section, table
from services.mlaas.ledger.tables import Usage as Sums
from services.mlaas.models.tables import Model
from services.mlaas.pages.service import Usage
from services.mlaas.pages.words import day, moment
from services.web.bars import bars
from services.web.pages import command, form, link

TITLE = "Machine learning as a service"
LEAD = (
    "Upload labelled records, have a model trained, ask it for predictions. What the model is stays within."
)
SIGN_UP = "curl -X POST {url}v1/accounts"
STATES = {"queued": "waiting", "training": "in training", "cancelled": "cancelled"}


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
    account_id: str, models: Sequence[Model], asked: Sequence[Sums], usage: Usage, *, next_page: str
) -> str:
    """`next_page`: its token, empty where there is none."""
    counted = {sums.model_id: sums for sums in asked}
    own = {model.id for model in models}
    others = [sums for sums in asked if sums.model_id not in own]
    parts = [section("Models", *models_of(models, counted, next_page), name="models")]
    if others:
        parts.append(section("Others you have asked", others_table(others), name="others"))
    signed_in = section("Signed in", form("/sign-out", element("button", "Sign out")), name="account")
    return page(TITLE, [*parts, days(usage), signed_in, documents()], lead=f"Account {account_id}")


def models_of(models: Sequence[Model], asked: dict[str, Sums], next_page: str) -> list[Html]:
    if not models:
        return [
            paragraph(
                "You have none yet. ", link("/openapi.json", "The API"), " says how to have one trained."
            )
        ]
    head = ["model", "state", "profile", "trained on", "made", "asked by you"]
    found = [table("Records that you asked each about", head, [row(model, asked) for model in models])]
    return [*found, paragraph(link(f"/?page_token={next_page}", "More models"))] if next_page else found


def row(model: Model, asked: dict[str, Sums]) -> list[object]:
    records = asked[model.id].records if model.id in asked else 0
    state = STATES.get(model.state, model.state)
    return [
        link(f"/models/{model.id}", model.id),
        state,
        model.profile,
        f"{model.training_rows:,}",
        moment(model.created_at),
        f"{records:,}",
    ]


def others_table(asked: Sequence[Sums]) -> Html:
    rows = [
        [link(f"/models/{sums.model_id}", sums.model_id), f"{sums.requests:,}", f"{sums.records:,}"]
        for sums in asked
    ]
    return table(
        "Models that others share, or that are further down the list", ["model", "requests", "records"], rows
    )


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
    return paragraph("For programs: ", link("/openapi.json", "the API"), ".")
