"""Small figures from arrays to inline SVG, each with an alternative text that says what is to be seen.

`title` says in a sentence what the figure shows; the numbers of the alternative text are taken from the data.
Drawn for a column of a phone or half a page, in the page's colours: light, dark or printed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from attacker.legible import legible
from attacker.report.markup import Html
from attacker.report.svg import INK, SERIES, inlined

Floats = NDArray[np.float64]
Scale = Literal["linear", "log"]

WIDTH, HEIGHT = 3.6, 2.7  # inches, as are all of these
LEFT, RIGHT, TOP, BOTTOM = 0.68, 0.14, 0.12, 0.45  # of the frame
LEGEND_ROW, LETTER = 0.165, 0.078
LONGEST, BESIDE = 34, 16  # letters of a label in a legend, and at an axis
MARKS = 4  # points of a curve that is marks in truth: of an attack that says yes or no
LANDMARKS = (0.01, 0.1, 0.5)  # FPRs at which a curve is told in words
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.alpha": 0.18,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 1.9,
    "legend.columnspacing": 1.2,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color"), INK
    ),
}
Pen = tuple[str, Any, str]  # colour, dashes, mark
PENS: list[Pen] = list(zip(SERIES, ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))), "osD^v", strict=True))


@dataclass(frozen=True, eq=False)
class Band:
    """Intervals [low, high] at places x, all (M,)."""

    x: ArrayLike
    low: ArrayLike
    high: ArrayLike


@dataclass(frozen=True, eq=False)
class Curve:
    """y over x, both (M,), in the order of x; its band may have other places."""

    x: ArrayLike
    y: ArrayLike
    band: Band | None = None


def roc(curves: Mapping[str, Curve], *, title: str, scale: Scale = "log", floor: float = 1e-3) -> Html:
    """(FPR, TPR) curves with their bands; `floor` is the lowest rate shown on logarithmic axes."""
    low = floor if scale == "log" else 0.0
    with sheet("false positive rate", "true positive rate") as (figure, axes):
        axes.plot([low, 1], [low, 1], color=INK, linewidth=0.8, alpha=0.5, linestyle=":")
        handles = [draw_curve(axes, curve, pen, low) for pen, curve in zip(cycle(PENS), curves.values())]
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            axes.set(**{f"{name}scale": scale, f"{name}lim": (low, 1)})
            axis.set_major_formatter(FuncFormatter(number))
            axis.set_minor_locator(NullLocator())
        legend(figure, curves, handles)
        return inlined(figure, title, each(curves, at_landmarks) + " Chance is the diagonal.")


def draw_curve(axes: Axes, curve: Curve, pen: Pen, low: float) -> Artist:
    """Of an attack that says yes or no, its marks alone: there is nothing between them."""
    colour, dash, mark = pen
    x, y = from_floor(array(curve.x), array(curve.y), low)
    if len(array(curve.x)) <= MARKS:
        told = (y > low) & (x < 1)
        return axes.plot(x[told], y[told], color=colour, linestyle="", marker=mark, clip_on=False)[0]
    draw_band(axes, curve.band, colour, low)
    return axes.plot(x, np.maximum(y, low), color=colour, linestyle=dash)[0]


def from_floor(x: Floats, y: Floats, low: float) -> tuple[Floats, Floats]:
    """What is left of `low` comes down to one point there, with the highest y of it."""
    left = x <= low
    return np.append(low, x[~left]), np.append(y[left].max(initial=low), y[~left])


def at_landmarks(curve: Curve) -> str:
    x, y = array(curve.x), array(curve.y)
    return "TPR " + ", ".join(f"{y[x <= fpr].max(initial=0):.3f} at FPR {fpr:g}" for fpr in LANDMARKS)


def lines(curves: Mapping[str, Curve], *, title: str, xlabel: str, ylabel: str) -> Html:
    """A figure of merit over a cost, a mark a point, with its intervals."""
    with sheet(xlabel, ylabel) as (figure, axes):
        handles = []
        for (colour, dash, mark), curve in zip(cycle(PENS), curves.values()):
            draw_band(axes, curve.band, colour, bars=True)
            [drawn] = axes.plot(array(curve.x), array(curve.y), color=colour, linestyle=dash, marker=mark)
            handles.append(drawn)
        axes.set_xlim(0, 1.05 * max(array(curve.x).max(initial=1e-9) for curve in curves.values()))
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(number))
        legend(figure, curves, handles)
        return inlined(figure, title, each(curves, from_to) + f" ({xlabel}: {ylabel})")


def from_to(curve: Curve) -> str:
    return ", ".join(f"{x:,g}: {y:.3g}" for x, y in zip(array(curve.x), array(curve.y), strict=True))


def cdf(values: Mapping[str, ArrayLike], *, title: str, xlabel: str, of: str = "classes") -> Html:
    """Which share of the classes has a rate of at most x, for each name's rates (Figures 6 to 9)."""
    with sheet(xlabel, f"share of {of}") as (figure, axes):
        handles = []
        for (colour, dash, _), found in zip(cycle(PENS), values.values()):
            x = np.sort(finite(found))
            heights = np.concatenate([[0], np.arange(len(x) + 1), [len(x)]]) / max(len(x), 1)
            places = np.concatenate([[0], x[:1], x, [1]])
            handles += axes.step(places, heights[: len(places)], where="post", color=colour, linestyle=dash)
        axes.set(xlim=(0, 1.01), ylim=(0, 1.01))
        legend(figure, values, handles)
        return inlined(figure, title, each(values, lambda found: quantiles(found, of)))


def boxes(values: Mapping[str, ArrayLike], *, title: str, xlabel: str, ylabel: str) -> Html:
    """A box plot over the classes for each name, medians connected (Figures 5 and 10)."""
    with sheet(xlabel, ylabel) as (figure, axes):
        found = [finite(one) for one in values.values()]
        pen = {"color": INK, "linewidth": 0.9}
        axes.boxplot(
            found,
            tick_labels=(labels := [short(name, BESIDE) for name in values]),
            widths=0.5,
            boxprops=pen,
            whiskerprops=pen,
            capprops=pen,
            medianprops={"color": SERIES[1], "linewidth": 1.8},
            flierprops={"marker": ".", "markersize": 3, "markeredgecolor": INK, "alpha": 0.6},
        )
        if LETTER * sum(map(len, labels)) > WIDTH - LEFT:
            axes.tick_params("x", rotation=40, rotation_mode="xtick")
            framed(figure, bottom=BOTTOM + 0.65 * LETTER * max(map(len, labels)))
        medians = [np.median(one) if one.size else np.nan for one in found]
        axes.plot(range(1, len(found) + 1), medians, color=SERIES[0], linewidth=1)
        axes.grid(visible=False, axis="x")
        return inlined(figure, title, each(values, quantiles))


def scatter(
    points: Mapping[str, tuple[ArrayLike, ArrayLike]], *, title: str, xlabel: str, ylabel: str
) -> Html:
    """A mark for each of a name's points (x, y), both (M,) (Figure 11)."""
    with sheet(xlabel, ylabel) as (figure, axes):
        handles = []
        for (colour, _, mark), (x, y) in zip(cycle(PENS), points.values()):
            handles += axes.plot(array(x), array(y), linestyle="", marker=mark, color=colour, alpha=0.75)
        legend(figure, points, handles)
        return inlined(figure, title, each(points, lambda one: correlated(one, xlabel, ylabel)))


def correlated(points: tuple[ArrayLike, ArrayLike], xlabel: str, ylabel: str) -> str:
    x, y = map(array, points)
    known = np.isfinite(x) & np.isfinite(y)
    a, b = x[known], y[known]
    if not len(a):
        return "no point"
    told = f"{len(a)} points, {xlabel} {spread(a)}, {ylabel} {spread(b)}"
    if min(a.std(), b.std()) > 0:
        told += f", correlation {np.corrcoef(a, b)[0, 1]:.2f}"
    return told


def histograms(
    edges: ArrayLike, counts: Mapping[str, ArrayLike], *, title: str, xlabel: str, of: str = "records"
) -> Html:
    """Each name's counts (B,) between `edges` (B + 1,), as shares of their sum (Figure 12)."""
    places = array(edges)
    with sheet(xlabel, f"share of {of}") as (figure, axes):
        handles = []
        for (colour, dash, _), found in zip(cycle(PENS), counts.values()):
            shares = array(found) / max(array(found).sum(), 1)
            axes.stairs(shares, places, color=colour, fill=True, alpha=0.15)
            handles.append(axes.stairs(shares, places, color=colour, linestyle=dash, linewidth=1.3))
        axes.set_ylim(bottom=0)
        legend(figure, counts, handles)
        return inlined(figure, title, each(counts, lambda found: lying(places, array(found))))


def numbered(
    points: Mapping[str, tuple[float, float]],
    line: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
) -> Html:
    """A mark and its number, from 1 in the order of the names, for each point; some are connected."""
    with sheet(xlabel, ylabel) as (figure, axes):
        x, y = np.array(list(points.values()), np.float64).reshape(-1, 2).T
        along = [list(points).index(name) for name in line]
        axes.plot(x[along], y[along], color=SERIES[1], linewidth=1)
        axes.plot(x, y, linestyle="", marker="o", color=SERIES[0], alpha=0.75)
        for place, point in enumerate(zip(x, y, strict=True), start=1):
            offset = (3, 2) if place % 2 else (-7, -8)  # neighbours on either side
            axes.annotate(str(place), point, textcoords="offset points", xytext=offset, fontsize=6.5)
        axes.margins(0.08)
        return inlined(figure, title, each(points, lambda point: f"{point[0]:.3f}, {point[1]:.3f}"))


def lying(edges: Floats, counts: Floats) -> str:
    if not counts.sum():
        return "none"
    reached = np.cumsum(counts) / counts.sum()
    middle = edges[1:][np.searchsorted(reached, 0.5)]
    fullest = int(counts.argmax())
    return (
        f"{counts.sum():,.0f}, half of them at or below {middle:.3g}, most "
        f"({counts[fullest] / counts.sum():.0%}) from {edges[fullest]:.3g} to {edges[fullest + 1]:.3g}"
    )


def bars(values: Mapping[str, float], *, title: str, xlabel: str) -> Html:
    """A bar for each name, from above to below, with its number."""
    with sheet(xlabel, "") as (figure, axes):
        names, lengths = [short(name, BESIDE) for name in values], array(list(values.values()))
        drawn = axes.barh(range(len(names)), lengths, color=SERIES[0], height=0.6)
        axes.bar_label(drawn, [number(length) for length in lengths], padding=3)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        framed(figure, left=0.2 + LETTER * max(map(len, names), default=0))
        axes.set_xlim(0, max(lengths.max(initial=0), 1e-9) * 1.25)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(number))
        axes.grid(visible=False, axis="y")
        told = [f"{name}: {number(length)}" for name, length in zip(values, lengths, strict=True)]
        return inlined(figure, title, f"{xlabel}. " + "; ".join(told) + ".")


@contextmanager
def sheet(xlabel: str, ylabel: str) -> Iterator[tuple[Figure, Axes]]:
    """An empty figure; it must be made a picture within the context."""
    with rc_context(STYLE):
        figure = Figure((WIDTH, HEIGHT))
        axes = figure.subplots()
        axes.set(xlabel=legible(xlabel), ylabel=legible(ylabel))
        framed(figure)
        yield figure, axes


def framed(figure: Figure, left: float = LEFT, bottom: float = BOTTOM) -> None:
    """The same frame for all: a layout found by drawing would take as long again as the drawing."""
    figure.subplots_adjust(left / WIDTH, bottom / HEIGHT, 1 - RIGHT / WIDTH, 1 - TOP / HEIGHT)


def draw_band(
    axes: Axes, band: Band | None, colour: str, low: float = -np.inf, *, bars: bool = False
) -> None:
    """As an area, or as a bar at each place."""
    if band is None:
        return
    x, below, above = array(band.x), np.maximum(array(band.low), low), np.maximum(array(band.high), low)
    if bars:
        axes.vlines(x, below, above, color=colour, linewidth=1, alpha=0.6)
    else:
        axes.fill_between(x, below, above, color=colour, alpha=0.13, linewidth=0)


def legend(figure: Figure, names: Collection[str], handles: Sequence[Artist]) -> None:
    """Under the axes; one name alone needs none, the title says it."""
    if len(names) < 2:
        return
    labels = [short(name) for name in names]
    widest = max(map(len, labels))
    rows = ceil(len(labels) / (1 if widest > 22 else 2 if widest > 11 else 3))
    figure.legend(handles, labels, loc="lower center", ncols=ceil(len(labels) / rows), borderaxespad=0)
    framed(figure, bottom=BOTTOM + 0.06 + rows * LEGEND_ROW)


def short(name: str, longest: int = LONGEST) -> str:
    text = legible(name)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def number(value: float, _: int | None = None) -> str:
    """3, 0.25, 12,000: as short as it stays true to three digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def array(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)


def finite(values: ArrayLike) -> Floats:
    found = array(values).ravel()
    return found[np.isfinite(found)]


def spread(values: Floats) -> str:
    return f"{values.min():.3g} to {values.max():.3g}"


def quantiles(values: ArrayLike, of: str = "values") -> str:
    found = finite(values)
    if not found.size:
        return f"no {of}"
    low, middle, high = np.quantile(found, [0.25, 0.5, 0.75])
    return f"median {middle:.2f}, half of {found.size} {of} from {low:.2f} to {high:.2f}, all {spread(found)}"


def each(values: Mapping[str, Any], told: Callable[[Any], str]) -> str:
    return "; ".join(f"{name}: {told(found)}" for name, found in values.items()) + "."
