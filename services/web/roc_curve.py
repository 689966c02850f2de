"""ROC curves on logarithmic axes, drawn without a library: a page is made where none is installed."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10

from attacker.report.markup import Html, element

LEAST = 1e-3  # where both axes begin
SIDE, EDGE = 300.0, 44.0
TICKS = ((1e-3, "0.1 %"), (1e-2, "1 %"), (1e-1, "10 %"), (1.0, "100 %"))
DASHES = ("none", "7 3", "2 2", "9 3 2 3", "14 4")  # a curve is known by its dashes, not by colour alone
MOST_CURVES = len(DASHES)

Point = tuple[float, float]
Points = Sequence[Sequence[float]]


def curves(drawn: Sequence[Points], *, across: str, up: str) -> Html:
    """Each of (FPR, TPR) points in rising order; a step holds until the next. ValueError for too many."""
    if len(drawn) > MOST_CURVES:
        raise ValueError(f"At most {MOST_CURVES} curves can be told apart, not {len(drawn)}.")
    grid = [part for value, text in TICKS for part in lines_at(value, text)]
    return element(
        "svg",
        element("title", "ROC curve" if len(drawn) == 1 else "ROC curves"),
        *grid,
        path([(LEAST, LEAST), (1.0, 1.0)], stroke="currentColor", stroke_dasharray="2 4"),
        *(path(corners(roc), **style(place)) for place, roc in enumerate(drawn)),
        words(EDGE + SIDE / 2, SIDE + EDGE - 8, across, "middle"),
        words(EDGE, 12, up, "start"),
        viewBox=f"0 0 {SIDE + EDGE + 24:g} {SIDE + EDGE:g}",
        role="img",
        font_size="11",
        fill="currentColor",
    )


def legend(names: Sequence[object]) -> Html:
    """Which curve is whose, in their order."""
    return element(
        "ul",
        *(element("li", sample(place), element("span", name)) for place, name in enumerate(names)),
        class_="legend",
    )


def sample(place: int) -> Html:
    line = element("path", d="M 0 5 L 36 5", fill="none", **style(place))
    return element("svg", line, viewBox="0 0 36 10", aria_hidden="true")


def style(place: int) -> dict[str, object]:
    return {
        "stroke": f"var(--series-{place + 1})",
        "stroke_width": 2,
        "stroke_dasharray": DASHES[place],
    }


def corners(roc: Points) -> list[Sequence[float]]:
    steps = [(x, y) for (_, y), (x, _) in pairwise(roc)]
    both = [corner for pair in zip(roc, [*steps, roc[-1]], strict=True) for corner in pair]
    return [place for place in both if place[0] >= LEAST]


def at(point: Sequence[float]) -> Point:
    """From rates to places in the picture."""
    x, y = (1 - log10(max(value, LEAST)) / log10(LEAST) for value in point)
    return EDGE + SIDE * x, 18 + (SIDE - 36) * (1 - y)


def path(points: Points, **style: object) -> Html:
    drawn = "M " + " L ".join("{:.1f} {:.1f}".format(*at(point)) for point in points)
    return element("path", d=drawn, fill="none", **style)


def lines_at(value: float, text: str) -> list[Html]:
    x, y = at((value, value))
    return [
        path([(value, LEAST), (value, 1.0)], stroke="var(--rule)"),
        path([(LEAST, value), (1.0, value)], stroke="var(--rule)"),
        words(x, SIDE - 2, text, "middle"),
        words(EDGE - 6, y + 4, text, "end"),
    ]


def words(x: float, y: float, text: str, anchor: str) -> Html:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)
