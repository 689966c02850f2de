"""`attacker attacks`: what attacks there are, or what they make of a finished run."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def attacks(
    run: Annotated[Path | None, Argument(help="A run folder to analyse again, without a query.")] = None,
    attacks: Annotated[str, Option(help="Comma-separated, or `all`; with a run.")] = "all",
) -> None:
    """List the attacks, or fit some on a finished run's answers: no network, no queries."""
    from rich.console import Console

    from attacker.attack import ATTACKS
    from attacker.configuration import attack_names
    from attacker.report import tables

    names = attack_names(attacks, ATTACKS.names())
    console = Console()
    if run is None:
        console.print(tables.listing([ATTACKS.load(name.partition(":")[0]) for name in names]))
        return

    from attacker import analysis
    from attacker.report import result

    found = analysis.analyse_again(run, names)
    if found is None:
        console.print(f"{run / result.SCORES_FILE}", highlight=False, soft_wrap=True)
    else:
        console.print(tables.attacks(found), f"{run / result.FILE}", highlight=False, soft_wrap=True)
