"""A reproduced table or figure for a terminal and as files: HTML, JSON, CSV and Markdown."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from attacker.paper import Experiment, Metric, names
from attacker.report.harvest import whole
from attacker.report.lines import Line, Number
from attacker.report.result import versions
from attacker.report.tables import titled

FILE = "reproduction"
HEADINGS: dict[Metric, str] = {
    "train_accuracy": "training accuracy",
    "test_accuracy": "test accuracy",
    "accuracy": "attack accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "AUC",
    "tpr_at_1_fpr": "TPR at 1 % FPR",
    "median_precision": "median precision",
    "precision_75": "precision, 75th percentile",
    "precision_90": "precision, 90th percentile",
}


def table(experiment: Experiment, lines: Sequence[Line]) -> Table:
    """A game a line: ours, its interval, and the paper's number below."""
    shown = titled(f"{experiment.title} (--scale {experiment.scale})")
    shown.padding = (0, 1, 0, 0)
    shown.leading = 1
    shown.add_column("game", overflow="fold")
    for heading in (
        "members,\nshadows",
        *(HEADINGS[metric].replace(" ", "\n", 1) for metric in experiment.metrics),
    ):
        shown.add_column(heading, justify="right")
    shown.add_column("records asked,\nseconds", justify="right")
    for line in lines:
        if line.reason:
            shown.add_row(f"{line.label}\n[dim]not played: {line.reason}[/dim]")
            continue
        size = f"{line.members:,}\n{line.shadows}"
        cost = f"{line.records:,}\n{line.seconds:.0f} s"
        shown.add_row("\n".join(named(line)), size, *map(cell, line.numbers), cost)
    shown.caption, shown.caption_justify = "\n".join(remarks(experiment)), "left"
    return shown


def listing() -> Table:
    """What can be reproduced."""
    shown = titled("the paper's tables and figures")
    shown.add_column("name")
    shown.add_column("what it shows", overflow="fold")
    for name in names():
        shown.add_row(name, Experiment.read(name, "paper").title)
    return shown


def named(line: Line) -> list[str]:
    """The game, what stood for its data, and the attack."""
    place = [f"[dim]on {line.played_on}[/dim]"] if line.played_on != line.dataset else []
    return [line.label, *place, f"[dim]{line.attack}[/dim]"]


def cell(number: Number) -> str:
    ours = "-" if number.value is None else f"{number.value:.3f}"
    told = [ours, f"[dim]{interval(number)}[/dim]"] if interval(number) else [ours]
    return "\n".join([*told, f"[cyan]{number.paper:.3f}[/cyan]"] if number.paper is not None else told)


def interval(number: Number) -> str:
    return "" if number.low is None or number.high is None else f"{number.low:.3f}-{number.high:.3f}"


def remarks(experiment: Experiment) -> Iterator[str]:
    yield "Ours, its 95 % interval, and the paper's number [cyan]in colour[/cyan]."
    yield f"Paper: {experiment.source}."
    yield f"Where we differ: {' '.join(experiment.differences.split())}"
    if experiment.not_here:
        yield f"Not at this scale: {'; '.join(experiment.not_here)}."


def markdown(experiment: Experiment, lines: Sequence[Line]) -> str:
    """The same as a table for a page of text; a number a line."""
    rows = [
        "| game | members, shadows | number | paper | ours | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for line in lines:
        if line.reason:
            rows.append(f"| {line.label} | {line.members:,} | not played | | | |")
            continue
        place = f" on `{line.played_on}`" if line.played_on != line.dataset else ""
        for number in line.numbers:
            paper = "" if number.paper is None else f"{number.paper:.3f}"
            ours = "-" if number.value is None else f"{number.value:.3f}"
            rows.append(
                f"| {line.label}{place} | {line.members:,}, {line.shadows} | {HEADINGS[number.metric]} "
                f"| {paper} | {ours} | {interval(number)} |"
            )
    return "\n".join([f"{experiment.title} (`--scale {experiment.scale}`)", "", *rows, ""])


def write(folder: Path, experiment: Experiment, lines: Sequence[Line]) -> None:
    """reproduction.json, .csv and .md in `folder`, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "experiment": experiment.name,
        "scale": experiment.scale,
        "title": experiment.title,
        "source": experiment.source,
        "differences": " ".join(experiment.differences.split()),
        "not_at_this_scale": experiment.not_here,
        "versions": versions(),
        "lines": [asdict(line) for line in lines],
    }
    with whole(folder / f"{FILE}.json") as partial:
        partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    with whole(folder / f"{FILE}.md") as partial:
        partial.write_text(markdown(experiment, lines))
    with whole(folder / f"{FILE}.csv") as partial, partial.open("w", newline="", encoding="utf-8") as opened:
        told = ("label", "dataset", "played_on", "profile", "members", "shadows", "attack", "reason")
        writer = csv.writer(opened)
        writer.writerow(["experiment", "scale", *told, "metric", "paper", "ours", "low", "high", "source"])
        for line in lines:
            cells = [experiment.name, experiment.scale, *(getattr(line, name) for name in told)]
            for number in line.numbers:
                writer.writerow([*cells, *vars(number).values(), line.source])
            if line.reason:
                writer.writerow([*cells, "", "", "", "", "", line.source])
