"""Bars over time, drawn without a library and without a style of their own."""

from collections.abc import Sequence

from attacker.report.markup import Html, element

WIDTH, HEIGHT, EDGE, GAP = 480.0, 120.0, 16.0, 2.0


def bars(values: Sequence[int], title: str, *, first: str, last: str) -> Html:
    """One for each value, on a common ground; `first` and `last` say below where they begin and end."""
    most, step = max(1, *values), WIDTH / len(values)
    drawn = [
        element(
            "rect",
            x=f"{number * step:.1f}",
            y=f"{HEIGHT * (1 - value / most):.1f}",
            width=f"{step - GAP:.1f}",
            height=f"{HEIGHT * value / most:.1f}",
            fill="var(--series-1)",
        )
        for number, value in enumerate(values)
    ]
    ground = element("path", d=f"M 0 {HEIGHT:g} H {WIDTH:g}", stroke="var(--quiet)")
    return element(
        "svg",
        element("title", title),
        *drawn,
        ground,
        element("text", first, x="0", y=f"{HEIGHT + EDGE - 2:g}", text_anchor="start"),
        element("text", last, x=f"{WIDTH:g}", y=f"{HEIGHT + EDGE - 2:g}", text_anchor="end"),
        viewBox=f"0 0 {WIDTH:g} {HEIGHT + EDGE:g}",
        role="img",
        font_size="11",
        fill="currentColor",
    )
