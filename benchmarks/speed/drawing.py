"""The curves of growth, drawn: what was measured, and the straight line through it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent.parent / "growth.svg"
A_ROW = 3


def draw(document: Mapping[str, Any], file: Path) -> None:
    """Every figure that has a curve, three in a row; nothing where there is none."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figures = [figure for entry in document["figures"].values() for figure in entry["figures"]]
    curves = [figure for figure in figures if figure["curve"]]
    if not curves:
        return
    with rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 9}):
        rows = -(-len(curves) // A_ROW)
        picture = Figure(figsize=(4 * A_ROW, 3 * rows), layout="constrained")
        for number, figure in enumerate(curves, start=1):
            plot(picture.add_subplot(rows, A_ROW, number), figure["curve"])
        picture.savefig(file, format="svg", metadata={"Date": None})


def plot(axes: Any, curve: Mapping[str, Any]) -> None:
    x, y = np.array(curve["x"]), np.array(curve["y"])
    slope, start = np.polyfit(x, y, 1)
    axes.plot(x, start + slope * x, color="0.7", linewidth=1)
    axes.plot(x, y, "o-", color="#0072b2", markersize=4, linewidth=1)
    axes.set(xlabel=curve["x_label"], ylabel=curve["y_label"], xlim=(0, None), ylim=(0, None))
