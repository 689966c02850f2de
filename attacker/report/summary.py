"""What stands first on a run's page: what was played, and what came out."""

from collections.abc import Iterator, Mapping
from typing import Any

from attacker.ledger import QUERIES
from attacker.report import members
from attacker.report.document import evaluated, primary_of
from attacker.report.markup import Html
from attacker.report.page import facts, paragraph, section
from attacker.report.words import amount, estimate, rate, told, told_in_per_cent

Document = Mapping[str, Any]
Pairs = list[tuple[object, object]]


def title(document: Document) -> str:
    game = document["game"]
    if game is None:
        return f"Membership inference: {document['configuration']['model']}"
    played = [str(game[name]) for name in ("dataset", "profile") if name in game]
    return f"Membership inference: {' under '.join(played)}"


def lead(document: Document) -> str:
    game = document["game"] or {}
    size = [f"{game['members']:,} members"] if "members" in game else []
    targets = len(game.get("targets", [1]))
    of = [f"{document['shadows']['ready']} shadow models", f"{targets} target{'s' if targets > 1 else ''}"]
    return ", ".join([*size, *of, f"seed {document['seed']}"])


def summary(document: Document) -> Html:
    if not evaluated(document):
        unknown = (
            "The scores are not judged: who is a member is not known, or the evaluations tell too little. "
            "Where the truth is in the run folder, attacker attacks judges by it."
        )
        return section("Summary", paragraph(unknown), facts(cost(document)), name="summary")
    first = primary_of(document)
    figures = facts([*merits(document, first), *cost(document)])
    return section("Summary", *map(paragraph, findings(document, first)), figures, name="summary")


def findings(document: Document, first: Mapping[str, Any]) -> Iterator[str]:
    """What came out, in sentences."""
    name, tpr = first["name"], first["tpr_at_fpr"]["0.01"]
    better = first["auc"]["low"] > 0.5
    verdict = "tells members from non-members" if better else "is not shown to do better than guessing"
    yield (
        f"{name}, the attack to judge the run by, {verdict}: its AUC is {told(first['auc'])}; that of "
        "guessing is 0.5."
    )
    if tpr["value"] is None:
        yield f"What it finds at 1 % false alarms would take {tpr['needs']:,} non-members to tell."
    else:
        yield (
            f"With false alarms for 1 % of the non-members at the most, it finds {told_in_per_cent(tpr)} per "
            "cent of the members."
        )
    if "gap" in first:
        above = told_in_per_cent(first["gap"]["above"], "{:+.1f}")
        yield (
            "The trivial attack calls a member whatever the target classifies rightly. In balanced accuracy "
            f"{name} is {above} points from it."
        )
    best = max(document["attacks"], key=lambda one: one["auc"]["value"])
    if best["name"] != name:
        yield (
            f"The best of {len(document['attacks'])} in hindsight is {best['name']}, with an AUC of "
            f"{told(best['auc'])}."
        )
    yield from members.lines(document)


def merits(document: Document, first: Mapping[str, Any]) -> Pairs:
    names = {"train_accuracy": "training accuracy", "test_accuracy": "test accuracy"}
    accuracies = [(name, document["target"][key]) for key, name in names.items() if key in document["target"]]
    return [
        (f"AUC of {first['name']}", estimate(first["auc"])),
        ("TPR at 1 % FPR", rate(first["tpr_at_fpr"]["0.01"], " %")),
        ("precision", rate(first["precision"], " %")),
        ("recall", rate(first["recall"], " %")),
        *((f"target's {name}", rate(found, " %")) for name, found in accuracies),
    ]


def cost(document: Document) -> Pairs:
    ledger = document["ledger"]
    return [
        ("records asked", amount(sum(ledger[phase]["records"] for phase in QUERIES if phase in ledger))),
        ("requests", amount(sum(phase["requests"] for phase in ledger.values()))),
        ("seconds", amount(document["seconds"])),
        (f"money {document['currency']}".rstrip(), f"{sum(one['money'] for one in ledger.values()):.2f}"),
    ]
