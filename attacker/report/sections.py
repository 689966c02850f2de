"""The sections of a run's page, made of its document alone: here what the attacks came to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attacker.base import NAIVE
from attacker.report import figures
from attacker.report.cost_sections import against_queries, costs
from attacker.report.document import drawn, evaluated, primary_of
from attacker.report.figures import Band, Curve
from attacker.report.markup import Html
from attacker.report.page import figure, folded, paragraph, section, table, with_interval
from attacker.report.page import figures as side_by_side
from attacker.report.setting_sections import beside_paper, configuration, game
from attacker.report.summary import summary
from attacker.report.tables import COLUMNS, rate_in
from attacker.report.words import bare, estimate, listed, rate, told, told_in_per_cent

Document = Mapping[str, Any]


def sections(document: Document) -> Iterator[Html]:
    """In the order of the page; what needs the truth only where it is known."""
    judged = evaluated(document)
    yield summary(document)
    yield section("Attacks", *(attacks(document) if judged else fitted(document)), name="attacks")
    if judged:
        yield section("ROC curves", *rocs(document), name="roc")
        yield section("Class by class", *classes(document), name="classes")
    yield section("Answers and scores", *answers(document), name="answers")
    yield section("What it cost", *costs(document), name="cost")
    if judged:
        yield section("Result against queries", *against_queries(document), name="queries")
        yield section("Beside the paper", *beside_paper(document), name="paper")
    yield section("The game", *game(document), name="game")
    yield section("Configuration", *configuration(document), name="configuration")


def attacks(document: Document) -> Iterator[Html]:
    """All of them, the one named in advance first."""
    primary, best = document["primary"], max(document["attacks"], key=lambda one: one["auc"]["value"])
    rows = []
    for one in sorted(document["attacks"], key=lambda one: (one["name"] != primary, -one["auc"]["value"])):
        marks = ["named in advance"] * (one["name"] == primary) + ["best in hindsight"] * (one is best)
        name = with_interval(one["name"], ", ".join([one["access"], *marks]))
        rows.append([name, estimate(one["auc"]), *(rate(rate_in(one, path)) for path in COLUMNS.values())])
    head = ["attack", "AUC", *(heading.replace("\n", " ") for heading in COLUMNS)]
    yield table(f"Rates in per cent, with 95 % intervals, of {judged_on(document)}.", head, rows)
    first = primary_of(document)
    if "epsilon" in first:
        epsilon = first["epsilon"]
        kind = "at least" if epsilon["kind"] == "lower_bound" else "descriptively"
        yield paragraph(
            f"The epsilon of {first['name']} is {kind} {epsilon['value']:.2f}; {epsilon['cap']:.2f} is the "
            "most to be shown by so many candidates."
        )
    yield from map(paragraph, at_risk(first))
    yield from map(paragraph, defended(document))
    if "per_target" in first:
        yield each_target(first)


def at_risk(first: Mapping[str, Any]) -> Iterator[str]:
    """The records that leak most, which averages hide."""
    if (surest := first.get("most_at_risk")) is not None:
        yield (
            f"Of the {surest['of']:,} candidates that {first['name']} is surest of, "
            f"{told_in_per_cent(surest)} per cent are members."
        )
    if (canaries := first.get("canaries")) is not None:
        yield (
            f"On the {canaries['records']:,} canaries alone, candidates with a wrong label, its AUC is "
            f"{told(canaries['auc'])}."
        )


def defended(document: Document) -> Iterator[str]:
    """What was found of a defence, and what the attackers did about it."""
    for found in document.get("adaptation", ()):
        yield f"The attacker adapted: {found}."
    if any(one["name"].endswith(NAIVE) for one in document["attacks"]):
        yield (
            "Attacks called naive learned from shadow models without the target's defence, and do nothing "
            "about it; the others learned through it."
        )


def each_target(first: Mapping[str, Any]) -> Html:
    rows = [
        [f"target {number}", *map(bare, (one["auc"], one["balanced_accuracy"], one["tpr_at_fpr"]["0.01"]))]
        for number, one in enumerate(first["per_target"])
    ]
    head = ["", "AUC", "balanced accuracy", "TPR at 1 % FPR"]
    return folded("Each target by itself", table(f"{first['name']} on each target.", head, rows))


def judged_on(document: Document) -> str:
    first = primary_of(document)
    return f"{first['recall']['of']:,} members and {first['fpr']['of']:,} non-members"


def fitted(document: Document) -> Iterator[Html]:
    rows = [[one["name"], one["access"]] for one in document["attacks"]]
    caption = "What was fitted; scores and decisions are in scores.csv."
    yield table(caption, ["attack", "access"], rows, kind="words")


def rocs(document: Document) -> Iterator[Html]:
    """The same curves twice: on logarithmic axes low rates can be seen."""
    bands = document["report"]["bands"]
    curves = {one["name"]: curve_of(one["roc"], bands.get(one["name"])) for one in drawn(document)}
    floor = 1 / primary_of(document)["fpr"]["of"]
    yield side_by_side(
        figure(
            figures.roc(curves, title="ROC curves, both axes logarithmic", floor=floor),
            "Logarithmic: what is found while hardly anybody is accused falsely.",
        ),
        figure(
            figures.roc(curves, title="ROC curves, both axes linear", scale="linear"),
            "Linear. The dotted diagonal is chance.",
        ),
    )
    yield paragraph(
        f"Of {judged_on(document)}. Shaded are 95 % intervals of the true positive rate, at each false "
        "positive rate by itself: a bootstrap that finds the threshold anew, joined with the exact binomial "
        "interval. With several targets, all are one sample, and its intervals are widened to what targets "
        "and records differ in. An attack that only answers yes or no has a mark in place of a curve."
    )


def curve_of(points: Sequence[Sequence[float]], band: Sequence[Mapping[str, float]] | None) -> Curve:
    fpr, tpr = zip(*points, strict=True)
    return Curve(
        fpr, tpr, Band(*([place[end] for place in band] for end in ("fpr", "low", "high"))) if band else None
    )


def classes(document: Document) -> Iterator[Html]:
    """As the paper reports: distributions over classes, and what the precision hangs on."""
    first, own = primary_of(document), document["report"]["classes"]
    precision = {first["name"]: [one["precision"]["value"] for one in first["per_class"]]}
    places = {
        "accuracy gap": [one["accuracy_gap"] for one in own],
        "share of the members": [one["share_of_members"] for one in own],
    }
    yield side_by_side(
        *(over_classes(document, name) for name in ("precision", "recall")),
        *(over(place, values, precision) for place, values in places.items()),
    )
    yield paragraph(
        "The accuracy gap is the target's accuracy on members less that on non-members, here of each class. "
        "A class that an attack calls nobody a member of has no precision."
    )
    if small := sum("small" in one for one in first["per_class"]):
        yield paragraph(
            f"{small} of {len(own)} classes have under 20 members or non-members: they tell little."
        )
    rows = [
        [one["class"], f"{one['members']:,}", f"{one['non_members']:,}"]
        + [rate(one[name]) for name in ("precision", "recall", "fpr")]
        for one in first["per_class"]
    ]
    head = ["class", "members", "non-members", "precision", "recall", "FPR"]
    caption = f"{first['name']} on each class; rates in per cent, with 95 % intervals."
    yield folded(f"{len(rows)} classes in numbers", table(caption, head, rows))


def over_classes(document: Document, name: str) -> Html:
    values = {one["name"]: [of[name]["value"] for of in one["per_class"]] for one in drawn(document)}
    picture = figures.cdf(values, title=f"Distribution over classes of the attacks' {name}", xlabel=name)
    return figure(picture, f"{name.capitalize()}: the share of classes in which it is at most so high.")


def over(place: str, values: Sequence[float | None], precision: Mapping[str, Sequence[float | None]]) -> Html:
    [(name, heights)] = precision.items()
    picture = figures.scatter(
        {name: (values, heights)},  # type: ignore[dict-item] # None is nan to numpy
        title=f"Precision of {name} over the {place}, a mark for each class",
        xlabel=place,
        ylabel="precision",
    )
    return figure(picture, f"Each class: precision of {name} over the {place}.")


def answers(document: Document) -> Iterator[Html]:
    """What the targets say, and what the attack makes of it."""
    found = document["report"]
    shown = [histogram(found["confidence"], "confidence in the right class", "The target's confidence")]
    if "scores" in found:
        name = document["primary"]
        shown.append(histogram(found["scores"], f"score of {name}", f"Membership scores of {name}"))
    yield side_by_side(*shown)


def histogram(found: Mapping[str, Any], xlabel: str, told: str) -> Html:
    title = f"{told}, of {listed(list(found['counts']))}"
    picture = figures.histograms(found["edges"], found["counts"], title=title, xlabel=xlabel, of="candidates")
    return figure(picture, f"{title}.")
