"""One HTML page that needs nothing else: sections, tables and figures; for a phone, a desk and paper."""

from collections.abc import Sequence
from typing import Literal

from attacker.report.markup import Html, element, joined
from attacker.report.page_style import CSS

Cells = Literal["numbers", "words"]


def page(title: str, sections: Sequence[Html], *, lead: object = "") -> str:
    """The whole document. `lead` stands below the title; the sections are listed before the first."""
    head = joined(
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        element("title", title),
        element("style", Html(CSS)),
    )
    body = joined(
        element("header", element("h1", title), element("p", lead, class_="lead") if lead else ""),
        element("main", *sections),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{element("head", head)}{element("body", body)}</html>\n'


def section(heading: str, *parts: object, name: str) -> Html:
    """`name` is its id, by which it can be linked."""
    return element("section", element("h2", heading, id=name), *parts, aria_labelledby=name)


def paragraph(*parts: object) -> Html:
    return element("p", *parts, class_="text")


def table(
    caption: str, head: Sequence[object], rows: Sequence[Sequence[object]], *, kind: Cells = "numbers"
) -> Html:
    """The first cell of a row names it; the others are of that kind. A wide table scrolls by itself."""
    headings = [element("th", cell, scope="col") for cell in head]
    lines = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in rows
    ]
    drawn = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *headings)),
        element("tbody", *lines),
        class_=kind,
    )
    return element("div", drawn, class_="wide", role="region", aria_label=caption, tabindex=0)


def figures(*drawn: Html) -> Html:
    """Figures side by side where there is room."""
    return element("div", *drawn, class_="figures")


def figure(picture: Html, caption: object) -> Html:
    return element("figure", picture, element("figcaption", caption))


def facts(pairs: Sequence[tuple[object, object]]) -> Html:
    """Names and what they are."""
    return element(
        "dl", *(element("div", element("dt", name), element("dd", value)) for name, value in pairs)
    )


def folded(summary: str, *parts: object) -> Html:
    """What is shown when asked for, and printed always."""
    return element("details", element("summary", summary), *parts)


def with_interval(value: object, interval: object) -> Html:
    """A number above its interval."""
    return joined(value, element("small", interval)) if interval else joined(value)
