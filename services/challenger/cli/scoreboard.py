"""The scoreboard as a table for people: every rate with its interval."""

from typing import Any

from rich.console import Console
from rich.table import Table

COLUMNS = {"auc": "AUC", "balanced_accuracy": "balanced acc.", "precision": "precision", "recall": "recall"}
LOW_FPRS = {"0.01": "TPR at 1 % FPR", "0.001": "TPR at 0.1 % FPR"}


def show(board: dict[str, Any]) -> None:
    console = Console()
    console.print(
        f"{board['dataset']}, {board['profile']}, {board['members']} members"
        f"{', null game' if board['null'] else ''}. The target is right on "
        f"{board['target']['train_accuracy']['value']:.3f} of its training records and on "
        f"{board['target']['test_accuracy']['value']:.3f} of others."
    )
    if not board["submissions"]:
        console.print("Nobody submitted anything.")
    for submission in board["submissions"]:
        console.print(table_of(submission))


def table_of(submission: dict[str, Any]) -> Table:
    title = f"Submission {submission['id']}; {submission['primary']} was named in advance"
    table = Table(title=title, title_justify="left")
    table.add_column("attack")
    for heading in (*COLUMNS.values(), *LOW_FPRS.values()):
        table.add_column(heading, justify="right")
    for attack in submission["attacks"]:
        rates = [attack[name] for name in COLUMNS] + [attack["tpr_at_fpr"][fpr] for fpr in LOW_FPRS]
        table.add_row(attack["name"], *map(as_text, rates))
    return table


def as_text(rate: dict[str, Any]) -> str:
    """The rate, its 95 % interval on a second line; or how many records it would need."""
    if rate["value"] is None:
        return f"needs {rate['needs']:,}" if "needs" in rate else "none"
    return f"{rate['value']:.3f}\n{rate['low']:.3f}-{rate['high']:.3f}"
