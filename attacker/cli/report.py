"""`attacker report`: what a finished run found, as one page."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from attacker.cli.notes import note


def report(
    run: Annotated[Path, Argument(help="The folder of a finished run.")],
    out: Annotated[
        Path | None,
        Option(dir_okay=False, help="Where the page goes, an .html; else RUN/report.html."),
    ] = None,
    refit: Annotated[
        bool,
        Option(help="Fit attacks on fewer shadow models too, to show the result against queries."),
    ] = True,
) -> None:
    """Write a run's report: one HTML file that needs no network, and the same as JSON and CSV.

    No service is asked. What was fitted on fewer shadow models is kept in the run for the next report.
    """
    from rich.console import Console

    from attacker.report import run_report

    written = run_report.write(run, out, note if refit else None)
    for file in (written, written.with_suffix(".json"), *run_report.tables_beside(written)):
        Console().print(str(file), highlight=False, soft_wrap=True)
