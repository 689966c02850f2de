"""`attacker attacks`: what attacks there are, or what they make of a finished run."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from attacker.cli import options
from attacker.errors import ConfigurationError


class Report(StrEnum):
    classifiers = "classifiers"


class Ratio(StrEnum):
    balanced = "balanced"
    two_to_one = "2:1"


def attacks(
    run: Annotated[
        Path | None, Argument(help="A run folder to analyse again, or a transcript, without a query.")
    ] = None,
    attacks: Annotated[str, Option(help="Comma-separated, or `all`; with a run.")] = "all",
    shadows: Annotated[
        int | None, Option(min=1, help="Use the first so many of the run's shadow models; else all.")
    ] = None,
    precision: options.Precision = None,
    fdr: options.Fdr = None,
    report: Annotated[
        Report | None,
        Option(help="What `shokri` makes of members and non-members with each of the classifiers there are."),
    ] = None,
    ratio: Annotated[
        Ratio, Option(help="Of members to non-members in that report; 2:1 leaves out half of the latter.")
    ] = Ratio.balanced,
    compare: Annotated[
        str | None,
        Option(help="Two attacks that were fitted on the run, ATTACK,ATTACK: the difference, paired."),
    ] = None,
    out: Annotated[
        Path | None,
        Option(
            file_okay=False, help="Of a transcript FILE.npz: where results go; else the folder FILE.attacks."
        ),
    ] = None,
) -> None:
    """List the attacks, or fit some on answers that there are: no network, no queries."""
    from rich.console import Console

    from attacker.attack import ATTACKS
    from attacker.configuration import attack_names
    from attacker.report import tables

    names = attack_names(attacks)
    console = Console()
    if run is None:
        console.print(tables.listing([ATTACKS.load(name.partition(":")[0]) for name in names]))
        return

    from attacker import analysis, offline
    from attacker.false_discovery import checked_rate
    from attacker.report import classifiers, members, result

    def note(text: str) -> None:
        Console(stderr=True).print(f"note: {text}", style="yellow", highlight=False, soft_wrap=True)

    if report is not None:
        console.print(*classifiers.shown(classifiers.report(run, ratio, note)), sep="\n", highlight=False)
        console.print(f"{run / classifiers.FILE}", highlight=False, soft_wrap=True)
        return
    if compare is not None:
        from attacker import comparing

        console.print(*comparing.lines(comparing.compared(run, compare)), sep="\n", highlight=False)
        return
    checked_rate(fdr)
    folder, found = run, None
    if run.is_file():
        folder = out or run.with_suffix(".attacks")
        found = offline.analyse(run, folder, names, precision, shadows, fdr, note)
    elif out is not None:
        raise ConfigurationError("A run keeps its results in its own folder; leave --out away.")
    else:
        found = analysis.analyse_again(run, names, precision, shadows, fdr, note)
    file = folder / result.SCORES_FILE
    if found is not None and "auc" in found["attacks"][0]:
        console.print(tables.attacks(found))
        for line in members.lines(found):
            console.print(line, highlight=False, soft_wrap=True)
        file = folder / result.FILE
    console.print(str(file), highlight=False, soft_wrap=True)
