"""A reproduced table or figure for a terminal and as files: HTML, JSON, CSV and Markdown."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from attacker.cells import written
from attacker.paper import Experiment, names, numbered
from attacker.report import ladder, page
from attacker.report.files import whole
from attacker.report.lines import Line, Number
from attacker.report.markup import Html
from attacker.report.metrics import HEADINGS, PERCENTILES
from attacker.report.result import versions
from attacker.report.tables import titled

FILE = "reproduction"
PAGE = f"{FILE}.html"
SUMMARY = "summary.md"


def tables(experiment: Experiment, lines: Sequence[Line]) -> list[Table]:
    """Of several attackers side by side, or of the paper's alone."""
    return list(ladder.tables(experiment, lines)) if experiment.attackers else [table(experiment, lines)]


def table(experiment: Experiment, lines: Sequence[Line]) -> Table:
    """A game a row, and in it a number a line."""
    shown = titled(f"{experiment.title} (--scale {experiment.scale})")
    shown.leading = 1
    shown.add_column("game", overflow="fold")
    for heading in ("number", "paper", "ours", "95 % interval"):
        shown.add_column(heading, justify="left" if heading == "number" else "right", no_wrap=True)
    for line in (line for line in lines if not line.reason):
        columns = zip(*(cells(number, line) for number in line.numbers), strict=True)
        shown.add_row("\n".join(described(line)), *("\n".join(column) for column in columns))
    return shown


def described(line: Line) -> list[str]:
    """The game, what stood for its data, how large it was and what it cost."""
    size = f"{line.members:,} members, {line.shadows} shadows"
    cost = f"{line.records:,} records, {line.seconds:.0f} s"
    place = [line.place.strip()] if line.place else []
    return [escape(line.label), *(f"[dim]{escape(told)}[/dim]" for told in (*place, line.attack, size, cost))]


def cells(number: Number, line: Line) -> tuple[str, str, str, str]:
    """What it is called, the paper's, ours and its interval."""
    paper = "" if number.paper is None else f"{number.paper:.3f}"
    ours = "not played" if line.reason else "-" if number.value is None else f"{number.value:.3f}"
    return HEADINGS[number.metric], paper, ours, interval(number)


def interval(number: Number) -> str:
    return "" if number.low is None or number.high is None else f"{number.low:.3f}-{number.high:.3f}"


def remarks(experiment: Experiment, lines: Sequence[Line]) -> list[str]:
    """What stands below: what was not played, where the numbers are from, and where we differ."""
    missing = [f"{line.name} was not played. {line.reason}" for line in lines if line.reason]
    others = {line.source: line.label for line in lines if line.source != experiment.source}
    missing += [f"{label}: {source}." for source, label in others.items()]
    if set(experiment.metrics) & set(PERCENTILES):
        missing.append("Intervals of percentiles come from drawing the classes anew.")
    return [f"Paper: {experiment.source}.", *missing, " ".join(experiment.differences.split())]


def markdown(experiment: Experiment, lines: Sequence[Line]) -> str:
    """The same as a table for a page of text."""
    rows = [
        "| game | members, shadows | number | paper | ours | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for line in lines:
        size = f"{line.members:,}, {line.shadows}"
        rows += [f"| {line.name} | {size} | {' | '.join(cells(one, line))} |" for one in line.numbers]
    told = [f"{text}\n" for text in remarks(experiment, lines)]
    if experiment.attackers:
        rows = [ladder.markdown(experiment, lines)]
    return "\n".join([f"{experiment.title} (`--scale {experiment.scale}`)", "", *rows, "", *told])


def listing() -> Table:
    """What can be reproduced."""
    shown = titled("the paper's tables and figures")
    shown.add_column("name")
    shown.add_column("what it shows", overflow="fold")
    for name in names():
        shown.add_row(name, Experiment.read(name, "paper").title)
    return shown


def summary(folder: Path) -> str:
    """Every number of the paper that was ever reproduced in `folder`, beside ours, as Markdown."""
    head = ("source", "game", "members, shadows", "number", "paper", "ours", "95 % interval", "scale")
    rows = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    documents = [json.loads(file.read_text()) for file in folder.glob(f"*/{FILE}.json")]
    for document in sorted(documents, key=lambda one: (numbered(one["experiment"]), one["scale"])):
        for line in document["lines"]:
            numbers = [Number(**told) for told in line.pop("numbers")]
            found = Line(**line)
            first = f"| {found.source} | {found.name} | {found.members:,}, {found.shadows} |"
            rows += [
                f"{first} {' | '.join(cells(number, found))} | {document['scale']} |"
                for number in numbers
                if number.paper is not None
            ]
    return "\n".join([*rows, ""])


def html(experiment: Experiment, lines: Sequence[Line], drawn: Sequence[Html]) -> str:
    """One page that needs nothing else."""
    played = [line for line in lines if not line.reason]
    beside = page.table(
        "Ours with its 95 % interval beside the paper's number",
        ["game", "number", "paper", "ours"],
        [row(line, number) for line in played for number in line.numbers],
    )
    sizes = page.table(
        "How large each game was, and what it cost: the seconds are from the first request to the result",
        ["game", "played on", "attack", "members", "shadow models", "records asked", "seconds", "money"],
        [cost(line) for line in {line.run: line for line in played}.values()],
    )
    told = map(page.paragraph, remarks(experiment, lines))
    numbers = ladder.html(experiment, lines) if experiment.attackers else [beside]
    parts = [page.section("The paper's numbers and ours", *told, *numbers, name="numbers")]
    parts += [page.section("Figures", page.figures(*drawn), name="figures")] if drawn else []
    parts += [page.section("Scale and cost", sizes, name="cost")]
    return page.page(experiment.title, parts, lead=f"Reproduced with --scale {experiment.scale}.")


def row(line: Line, number: Number) -> list[object]:
    size = f"{line.members:,} members, {line.shadows} shadow models"
    name, paper, ours, between = cells(number, line)
    return [page.with_interval(line.name, size), name, paper, page.with_interval(ours, between)]


def cost(line: Line) -> list[object]:
    spent = [f"{line.records:,}", f"{line.seconds:.0f}", f"{line.money:.2f} {line.currency}"]
    return [line.label, line.played_on, line.attack, f"{line.members:,}", line.shadows, *spent]


def write(folder: Path, experiment: Experiment, lines: Sequence[Line], drawn: Sequence[Html]) -> None:
    """reproduction.html, .json, .csv and .md in `folder`, and beside it the summary of all experiments."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "experiment": experiment.name,
        "scale": experiment.scale,
        "title": experiment.title,
        "source": experiment.source,
        "differences": " ".join(experiment.differences.split()),
        "versions": versions(),
        "lines": [asdict(line) for line in lines],
    }
    with whole(folder / f"{FILE}.json") as partial:
        partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    with whole(folder / f"{FILE}.html") as partial:
        partial.write_text(html(experiment, lines, drawn), encoding="utf-8")
    with whole(folder / f"{FILE}.md") as partial:
        partial.write_text(markdown(experiment, lines))
    with whole(folder / f"{FILE}.csv") as partial, partial.open("w", newline="", encoding="utf-8") as opened:
        told = ("label", "dataset", "played_on", "profile", "members", "shadows", "attack", "reason")
        writer = csv.writer(opened)
        writer.writerow(["experiment", "scale", *told, "metric", "paper", "ours", "low", "high", "source"])
        for line in lines:
            first = [experiment.name, experiment.scale, *(getattr(line, name) for name in told)]
            for number in line.numbers:
                writer.writerow(written([*first, *vars(number).values(), line.source]))
    with whole(folder.parent / SUMMARY) as partial:
        partial.write_text(summary(folder.parent))
