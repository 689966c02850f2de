"""Defences one below the other: the target's accuracy and what each attacker is left with, in columns."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from attacker.paper import Experiment, Metric
from attacker.report import page
from attacker.report.lines import Line, Number
from attacker.report.markup import Html
from attacker.report.metrics import HEADINGS
from attacker.report.tables import titled

SHORT: dict[Metric, str] = {
    "train_accuracy": "train",
    "test_accuracy": "test",
    "accuracy": "acc.",
    "precision": "prec.",
    "recall": "recall",
    "tpr_at_1_fpr": "TPR\n1 %",
    "tpr_at_01_fpr": "TPR\n0.1 %",
    "most_at_risk": "top\n1 %",
    "canary_auc": "canary\nAUC",
}
PAPER = "the paper's"


def tables(experiment: Experiment, lines: Sequence[Line]) -> Iterator[Table]:
    """For a terminal: a table for each data set, an attacker a line."""
    for series, some in in_series(lines):
        shown = titled(f"{experiment.title}: {series} (--scale {experiment.scale}; {size(some[0])})")
        shown.padding = (0, 1, 0, 0)
        shown.add_column("defence", overflow="fold")
        shown.add_column("attacker", overflow="fold")
        for metric in experiment.metrics:
            shown.add_column(SHORT.get(metric, HEADINGS[metric]), justify="right", no_wrap=True)
        shown.add_column("records", justify="right", no_wrap=True)
        for label, group in by_game(some):
            for name, attacker, cells, records in rows(label, group):
                shown.add_row(escape(name), escape(attacker), *map(compact, cells), records)
            shown.add_section()
        yield shown


def in_series(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """The lines that have numbers, by what stands before the colon of their labels."""
    played = [line for line in lines if not line.reason]
    for series, some in groupby(played, lambda line: line.label.partition(": ")[0]):
        yield series, list(some)


def by_game(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    for label, some in groupby(lines, lambda line: line.label):
        yield label.partition(": ")[2] or label, list(some)


def size(line: Line) -> str:
    return f"{line.members:,} members{line.place}, {line.shadows} shadow models"


def rows(label: str, lines: Sequence[Line]) -> Iterator[tuple[str, str, list[str], str]]:
    """Of one defence: what the paper has, then each attacker."""
    told = lines[0].numbers
    if any(number.paper is not None for number in told):
        yield label, PAPER, [rate(number.paper) for number in told], ""
        label = ""
    for line in lines:
        yield label, line.attack, [rate(number.value) for number in line.numbers], f"{line.records:,}"
        label = ""


def compact(cell: str) -> str:
    """.914: so that eleven of them and two words have room on a narrow terminal."""
    return cell.removeprefix("0")


def rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def html(experiment: Experiment, lines: Sequence[Line]) -> list[Html]:
    """The same for a page, with intervals."""
    return [
        page.table(
            f"{series}: {size(some[0])}",
            ["defence", "attacker", *(HEADINGS[metric] for metric in experiment.metrics), "records asked"],
            [row for label, group in by_game(some) for row in with_intervals(label, group)],
        )
        for series, some in in_series(lines)
    ]


def with_intervals(label: str, lines: Sequence[Line]) -> Iterator[list[object]]:
    for name, attacker, cells, records in rows(label, lines):
        if attacker == PAPER:
            yield [name, attacker, *cells, records]
    named = "" if any(number.paper is not None for number in lines[0].numbers) else label
    for line in lines:
        cells_of = [page.with_interval(rate(one.value), interval(one)) for one in line.numbers]
        yield [named, line.attack, *cells_of, f"{line.records:,}"]
        named = ""


def interval(number: Number) -> str:
    return "" if number.low is None or number.high is None else f"{number.low:.3f}-{number.high:.3f}"


def markdown(experiment: Experiment, lines: Sequence[Line]) -> str:
    """The same for a page of text."""
    head = ["defence", "attacker", *(HEADINGS[metric] for metric in experiment.metrics), "records asked"]
    parts = []
    for series, some in in_series(lines):
        body = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        for label, group in by_game(some):
            body += [
                f"| {name} | {attacker} | {' | '.join([*cells, records])} |"
                for name, attacker, cells, records in rows(label, group)
            ]
        parts.append("\n".join([f"{series}: {size(some[0])}", "", *body, ""]))
    return "\n".join(parts)
