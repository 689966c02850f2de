"""The scoreboard as a table for people: every rate with its interval."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.challenger.scoreboard import (
    COLUMNS,
    Found,
    described,
    epsilon_of,
    findings,
    heading,
    rate_in,
    truth_told,
    worst_case,
)


def show(board: dict[str, Any]) -> None:
    console = Console(markup=False, highlight=False)  # attackers choose the names
    console.print(heading(board))
    for line in findings(board["controls"]):
        console.print(line)
    if not board["submissions"]:
        console.print("Nobody submitted anything.")
    for submission in board["submissions"]:
        console.print("", table_of(submission), "", sep="\n")
        console.print(epsilon_of(submission["attacks"][0]))
        for line in worst_case(submission["attacks"][0]):
            console.print(line)
        for line in truth_told(submission):
            console.print(line)


def table_of(submission: Found) -> Table:
    """A row an attack, its interval below each rate; narrow enough for 80 columns."""
    title = f"Submission {submission['id']}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=0, leading=1)
    table.add_column("attack", min_width=10, overflow="fold")
    for name in COLUMNS:
        table.add_column(name, justify="right", min_width=9, max_width=9)
    for attack in submission["attacks"]:
        rates = (rate_in(attack, path) for path in COLUMNS.values())
        table.add_row("\n".join(described(attack, submission)), *map(as_text, rates))
    return table


def as_text(rate: Found) -> str:
    """The rate, its 95 % interval on a second line; or how many records it would need."""
    if rate["value"] is None:
        return f"needs\n{rate['needs']:,}" if "needs" in rate else "none"
    low, value, high = (brief(rate[name]) for name in ("low", "value", "high"))
    return f"{value}\n{low}-{high}"


def brief(share: float) -> str:
    """Three decimals without the zero before them."""
    return "1" if share >= 0.9995 else f"{share:.3f}".removeprefix("0")
