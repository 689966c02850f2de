"""What a run cost, phase by phase, and what it would have found for less."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attacker.report import figures
from attacker.report.figures import Band, Curve
from attacker.report.markup import Html, element
from attacker.report.page import figure, paragraph, table
from attacker.report.page import figures as side_by_side
from attacker.report.tables import rate_in
from attacker.report.words import amount

SUMMED = ("requests", "bytes", "seconds", "money")
MERITS = {"TPR at 1 % FPR": ("tpr_at_fpr", "0.01"), "AUC": ("auc",)}

Document = Mapping[str, Any]
Points = Sequence[Mapping[str, Any]]


def costs(document: Document) -> Iterator[Html]:
    """The ledger as a table and as pictures."""
    ledger = {phase.replace("_", " "): cost for phase, cost in document["ledger"].items()}
    sums = {kind: sum(cost[kind] for cost in ledger.values()) for kind in SUMMED}
    rows = [[phase, *written(cost)] for phase, cost in [*ledger.items(), ("all", sums)]]
    head = ["phase", "records", "requests", "MB", "seconds", f"money {document['currency']}".rstrip()]
    yield table("Records are asked about; in upload and training, uploaded and learned.", head, rows)
    shown = [kind for kind in ("records", "seconds", "money") if any(cost[kind] for cost in ledger.values())]
    yield side_by_side(*(by_phase(ledger, kind) for kind in shown))


def written(cost: Mapping[str, float]) -> list[str]:
    records = amount(cost["records"]) if "records" in cost else ""
    sizes = [amount(cost["requests"]), f"{cost['bytes'] / 1e6:.1f}"]
    return [records, *sizes, f"{cost['seconds']:.1f}", f"{cost['money']:.2f}"]


def by_phase(ledger: Mapping[str, Mapping[str, float]], kind: str) -> Html:
    title = f"{kind} by phase".capitalize()
    values = {phase: cost[kind] for phase, cost in ledger.items()}
    return figure(figures.bars(values, title=title, xlabel=kind), f"{title}.")


def against_queries(document: Document) -> Iterator[Html]:
    """What fewer shadow models would have given."""
    by_attack: dict[str, list[Mapping[str, Any]]] = {}
    for point in document["report"]["against_queries"]:
        by_attack.setdefault(point["attack"], []).append(point)
    yield side_by_side(*(over_queries(by_attack, merit) for merit in MERITS if told(by_attack, merit)))
    yield paragraph(
        "A mark is an attack with the first so many of the run's shadow models, at the records that these "
        "and the target were asked about; without shadow models it asks the target alone. Bars are 95 % "
        "intervals."
    )
    if max(map(len, by_attack.values()), default=0) == 1 < document["shadows"]["ready"]:
        yield paragraph(
            "Here is the whole run alone: ",
            element("code", "attacker report"),
            " adds what fewer would give.",
        )


def over_queries(by_attack: Mapping[str, Points], merit: str) -> Html:
    curves = told(by_attack, merit)
    title = f"{merit} over the records asked"
    return figure(figures.lines(curves, title=title, xlabel="records asked", ylabel=merit), f"{title}.")


def told(by_attack: Mapping[str, Points], merit: str) -> dict[str, Curve]:
    """Without those of which the sample can tell no value."""
    curves = {}
    for name, points in by_attack.items():
        rates = [(point["records"], rate_in(point, MERITS[merit])) for point in points]
        if known := [(x, r["value"], r["low"], r["high"]) for x, r in rates if r["value"] is not None]:
            x, value, low, high = zip(*known, strict=True)
            curves[name] = Curve(x, value, Band(x, low, high))
    return curves
