"""The report of a finished run: one page for people, and the same as JSON and as tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attacker.analysis import finished
from attacker.errors import ConfigurationError
from attacker.report import report_tables, result, spending
from attacker.report.document import document
from attacker.report.files import whole, write_csv
from attacker.report.page import page
from attacker.report.sections import sections
from attacker.report.summary import lead, title
from attacker.run_transcript import occasion_of, transcript_of


def write(folder: Path, out: Path | None = None, refit: Callable[[str], None] | None = None) -> Path:
    """report.html of the run in `folder`, beside it report.json and tables; the page's path.

    `out` is another place for the page, where the other files go too. With `refit`, which is told of each
    fit, attacks are fitted on fewer shadow models for the result against queries; the run keeps what came
    out. Nothing is asked of anybody. Raises ConfigurationError for a folder without a finished run.
    """
    out = out or folder / result.REPORT_FILE
    if out.suffix != ".html":
        raise ConfigurationError(f"{out}: a report is an .html file; choose another --out.")
    if not out.resolve().parent.is_dir():
        raise ConfigurationError(f"{out}: there is no folder {out.parent}; make it, or choose another --out.")
    found = documented(folder, refit)
    with whole(out) as partial:
        partial.write_text(page(title(found), list(sections(found)), lead=lead(found)), encoding="utf-8")
    with whole(out.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    for file in tables_beside(out):
        file.unlink()
    for name, rows in report_tables.tables(found).items():
        with whole(out.with_suffix(f".{name}.csv")) as partial:
            write_csv(partial, rows)
    return out


def tables_beside(page: Path) -> list[Path]:
    return sorted(page.parent.glob(f"{page.stem}.*.csv"))


def documented(folder: Path, refit: Callable[[str], None] | None) -> dict[str, Any]:
    with finished(folder) as (store, challenge):
        if (found := result.read(folder)) is None:
            raise ConfigurationError(
                f"The run in {folder} has no result yet; when its game is closed, give the command that "
                "began it again."
            )
        transcript, truth, occasion = transcript_of(store, challenge), store.truth(), occasion_of(store)
        if refit is not None and truth is not None:
            spending.refit(store, transcript, truth, occasion, found, refit)
        return document(store, transcript, found, occasion)
