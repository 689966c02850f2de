"""A leakage report as one HTML page: what it means first, the numbers after it."""

from collections.abc import Mapping
from typing import Any

from attacker.report.markup import Html, joined
from attacker.report.page import facts, figure, figures, folded, page, paragraph, section, table
from attacker.report.words import DASH, estimate, rate
from services.mlaas.leakage.schemas import ReportDocument
from services.web.roc_curve import curves

TITLE = "What this model gives away"
NOT_YET = {
    "queued": "The assessment has not begun. Ask again in a while.",
    "running": "The assessment is under way. Ask again in a while.",
}
SHARE = {"0.01": "1 false alarm in 100", "0.001": "1 false alarm in 1,000"}

Found = Mapping[str, Any]


def as_page(document: ReportDocument) -> str:
    lead = f"model {document.model_id}"
    if document.report is None:
        said = document.error or NOT_YET[document.state]
        return page(TITLE, [section("No report yet", paragraph(said), name="state")], lead=lead)
    found = document.report
    parts = [meaning(found), at_risk(found), alternatives(found), numbers(found), method(found)]
    return page(TITLE, parts, lead=f"{lead}, profile {found['profile']}")


def meaning(found: Found) -> Html:
    accuracy = found["accuracy"]
    parts = [
        paragraph(found["headline"]),
        facts(
            [
                ("risk", found["level"]),
                ("advantage over guessing", per_cent(found["advantage"])),
                ("right on training records", rate(accuracy["training"], " %")),
                ("right on others", rate(accuracy["held_out"], " %")),
                ("gap", f"{100 * accuracy['gap']:.1f} %"),
            ]
        ),
    ]
    if found["choice"]:
        parts.append(paragraph(found["choice"]["words"]))
    means = [(name, meant) for name, meant in found["levels"].items()]
    parts.append(folded("What the levels mean", table("Levels", ["risk", "means"], means, kind="words")))
    return section("In short", *parts, name="short")


def at_risk(found: Found) -> Html:
    risk = found["records_at_risk"]
    rows = [
        (SHARE[fpr], "too few held-out records to tell" if told is None else f"{told:,} of {risk['of']:,}")
        for fpr, told in risk["told_at_fpr"].items()
    ]
    parts = [table("Training records that can be told", ["with", "records"], rows)]
    if risk["most_exposed_rows"]:
        listed = ", ".join(map(str, risk["most_exposed_rows"]))
        parts.append(paragraph(f"Rows of your dataset that are told most surely, counted from 0: {listed}."))
    classes = [
        (
            one["class"] + (" (few records)" if one["few_records"] else ""),
            f"{one['training_records']:,}",
            rate(one["told"], " %"),
            rate(one["false_alarms"], " %"),
            f"{100 * one['advantage']:.1f} %",
        )
        for one in found["classes_at_risk"]
    ]
    head = ["class", "training records", "told", "false alarms", "advantage"]
    parts.append(table("The classes most at risk, where the attack decides", head, classes))
    return section("Who is at risk", *parts, name="risk")


def alternatives(found: Found) -> Html:
    rows = [
        (
            one["profile"],
            one["verdict"],
            one["level"],
            per_cent(one["advantage"]),
            per_cent(one["own"]["advantage"]),
            f"{100 * one['accuracy_change']:+.1f}",
            "trained anew" if one["trained_anew"] else "the same model",
        )
        for one in found["alternatives"]
    ]
    head = ["profile", "it", "risk", "advantage", "here", "accuracy, points", "measured on"]
    parts: list[object] = []
    if rows:
        said = (
            "The same attack against what other profiles would serve. Here is your profile, measured "
            "likewise: compare along a row, not down a column. The accuracy is that on records never seen."
        )
        parts += [
            paragraph(found["advice"]),
            paragraph(said),
            table("Other profiles on offer", head, rows),
        ]
    else:
        parts.append(paragraph("No other profile on offer is a variant of this one."))
    if found["not_assessed"]:
        left = "; ".join(f"{one['profile']}: {one['reason']}" for one in found["not_assessed"])
        parts.append(paragraph(f"Not assessed: {left}."))
    return section("What would lower it", *parts, name="alternatives")


def numbers(found: Found) -> Html:
    low = [(f"told with {SHARE[fpr]}", rate(found["tpr_at_fpr"][fpr], " %")) for fpr in SHARE]
    bounds = [(f"epsilon, {kind}", f"{one['value']:.2f}") for kind, one in found["epsilon"].items()]
    caption = (
        "Training records told against records falsely taken for them, wherever the attack may draw the "
        "line. The dotted line is guessing."
    )
    drawn = curves(
        [found["roc"]], across="records falsely taken for training records", up="training records told"
    )
    meanings = [paragraph(f"Epsilon, {kind}: {one['meaning']}") for kind, one in found["epsilon"].items()]
    return section(
        "The numbers",
        facts([("area under the curve", estimate(found["auc"])), *low, *bounds]),
        figures(figure(drawn, caption)),
        *meanings,
        name="numbers",
    )


def method(found: Found) -> Html:
    records = found["records"]
    pairs = [
        ("training records", f"{records['training']:,}"),
        ("of them asked about", f"{records['training_asked_about']:,}"),
        ("held-out records", f"{records['held_out']:,}"),
        ("of these asked about", f"{records['held_out_asked_about']:,}"),
    ]
    return section("How this was measured", paragraph(found["method"]), facts(pairs), name="method")


def per_cent(found: Found) -> Html:
    """An advantage with its interval."""
    return rate(found, " %") if found["value"] is not None else joined(DASH)
