"""One model as its customer's queries meet it: and whether they look like an attack's."""

from attacker.report.markup import Html
from attacker.report.page import facts, figure, page, paragraph, section, table
from services.mlaas.models.tables import Model
from services.mlaas.pages.traffic import SPANS, Traffic
from services.mlaas.pages.words import moment
from services.web.bars import bars
from services.web.pages import link

MEANT = (
    "An application asks about the records that it meets: a few at a time, through the day, some of them "
    "again. A membership inference attack asks about all of its candidates and all of its shadow data, each "
    "record once, in full batches, within minutes. These marks stay in a ledger:"
)
MARKS = [
    ("an application", "1 to 100", "as customers come", "spread over the day"),
    (
        "candidates and known records",
        "as many as are taken",
        "two to five times the training set, once",
        "one burst",
    ),
    (
        "records synthesised by hill climbing",
        "as many as are taken",
        "hundreds of thousands",
        "an even flow, for minutes to hours",
    ),
    (
        "labels alone, around each record",
        "as many as are taken",
        "some 50 for each that is judged",
        "several bursts",
    ),
    (
        "shadow models",
        "as many as are taken",
        "all of that again, to each of 4 to 100 models of one's own",
        "model after model",
    ),
]


def model_page(model: Model, traffic: Traffic | None, *, own: bool, whole: bool) -> str:
    """`traffic`: of the requests of whoever looks, None where there are none; `whole`: all of them."""
    pairs: list[tuple[object, object]] = [("state", model.state), ("profile", model.profile)]
    if own:
        pairs += [("trained on", f"{model.training_rows:,} records"), ("shared with", shared(model))]
        pairs.append(("made", moment(model.created_at)))
    parts = [
        section("In short", facts(pairs), *errors(model), name="short"),
        queries(traffic, whole=whole),
        marks(),
    ]
    return page(f"Model {model.id}", parts, lead=link("/", "Models"))


def shared(model: Model) -> str:
    return "all accounts" if model.visibility == "public" else "nobody"


def errors(model: Model) -> list[Html]:
    return [paragraph(model.error)] if model.error else []


def queries(traffic: Traffic | None, *, whole: bool) -> Html:
    """The ledger's rows of this account about this model, summed up."""
    if traffic is None:
        return section("Your queries", paragraph("You have not asked it anything."), name="queries")
    told = facts(
        [
            ("requests", f"{traffic.requests:,}"),
            ("records", f"{traffic.records:,}"),
            ("records a request", f"{traffic.mean:,.1f}"),
            ("largest request", f"{traffic.largest:,} records"),
            ("in the busiest hour", f"{traffic.busiest:,} records"),
            ("first", moment(traffic.first)),
            ("last", moment(traffic.last)),
        ]
    )
    drawn = bars(traffic.spans, "Records asked over time", first="first request", last="last request")
    caption = f"Records asked, from the first request to the last in {SPANS} equal parts."
    left = (
        [] if whole else [paragraph(f"There are more: these are the newest {traffic.requests:,} requests.")]
    )
    return section("Your queries", told, figure(drawn, caption), *left, name="queries")


def marks() -> Html:
    head = ["what asks", "records a request", "records in all", "when"]
    return section(
        "What an attack looks like",
        paragraph(MEANT),
        table("Marks in a ledger", head, MARKS, kind="words"),
        name="marks",
    )
