"""A ROC curve on logarithmic axes, drawn without a library: a report is made where none is installed."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10

from attacker.report.markup import Html, element

LEAST = 1e-3  # where both axes begin
SIDE, EDGE = 300.0, 44.0
TICKS = ((1e-3, "0.1 %"), (1e-2, "1 %"), (1e-1, "10 %"), (1.0, "100 %"))

Point = tuple[float, float]


def curve(roc: Sequence[Sequence[float]]) -> Html:
    """Of (FPR, TPR) points in rising order; a step holds until the next."""
    steps = [(x, y) for (_, y), (x, _) in pairwise(roc)]
    corners = [corner for pair in zip(roc, [*steps, roc[-1]], strict=True) for corner in pair]
    grid = [part for value, text in TICKS for part in lines_at(value, text)]
    return element(
        "svg",
        element("title", "ROC curve"),
        *grid,
        path([(LEAST, LEAST), (1.0, 1.0)], stroke="currentColor", stroke_dasharray="2 4"),
        path([place for place in corners if place[0] >= LEAST], stroke="var(--series-1)", stroke_width=2),
        words(EDGE + SIDE / 2, SIDE + EDGE - 8, "records falsely taken for training records", "middle"),
        words(EDGE, 12, "training records told", "start"),
        viewBox=f"0 0 {SIDE + EDGE + 24:g} {SIDE + EDGE:g}",
        role="img",
        font_size="11",
        fill="currentColor",
    )


def at(point: Sequence[float]) -> Point:
    """From rates to places in the picture."""
    x, y = (1 - log10(max(value, LEAST)) / log10(LEAST) for value in point)
    return EDGE + SIDE * x, 18 + (SIDE - 36) * (1 - y)


def path(points: Sequence[Sequence[float]], **style: object) -> Html:
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
