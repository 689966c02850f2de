"""`attacker attacks`: what attacks there are, or what they make of a finished run."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from attacker.cli import options
from attacker.cli.notes import note
from attacker.errors import ConfigurationError

if TYPE_CHECKING:
    from attacker.analysis import Wish


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
    from attacker.analysis import Wish
    from attacker.configuration import attack_names
    from attacker.false_discovery import checked_rate

    wish = Wish(attack_names(attacks), shadows, precision, checked_rate(fdr))
    if ratio is not Ratio.balanced and report is None:
        raise ConfigurationError("--ratio is of the --report classifiers; name that too.")
    if run is None:
        show_listing(wish.attacks)
    elif report is not None:
        show_report(run, ratio)
    elif compare is not None:
        show_comparison(run, compare)
    else:
        show_analysis(run, wish, out)


def show_listing(names: tuple[str, ...]) -> None:
    from rich.console import Console

    from attacker.attack import ATTACKS
    from attacker.report import tables

    Console().print(tables.listing([ATTACKS.load(name.partition(":")[0]) for name in names]))


def show_report(run: Path, ratio: Ratio) -> None:
    from rich.console import Console

    from attacker.report import classifiers

    console = Console()
    console.print(*classifiers.shown(classifiers.report(run, ratio, note)), sep="\n", highlight=False)
    console.print(f"{run / classifiers.FILE}", highlight=False, soft_wrap=True)


def show_comparison(run: Path, attacks: str) -> None:
    from rich.console import Console

    from attacker import comparing

    Console().print(*comparing.lines(comparing.compared(run, attacks)), sep="\n", highlight=False)


def show_analysis(run: Path, wish: "Wish", out: Path | None) -> None:
    """Of a run folder, or of a transcript, whose results go to a folder of their own."""
    from rich.console import Console

    from attacker import analysis, offline
    from attacker.report import members, result, run_report, tables

    folder = run
    if run.is_file():
        folder = out or run.with_suffix(".attacks")
        found: dict[str, Any] | None = offline.analyse(run, folder, wish, note)
    elif out is not None:
        raise ConfigurationError("A run keeps its results in its own folder; leave --out away.")
    else:
        found = analysis.analyse_again(run, wish, note)
    console, file = Console(), folder / result.SCORES_FILE
    if found is not None and "auc" in found["attacks"][0]:
        console.print(tables.attacks(found))
        for line in members.lines(found):
            console.print(line, highlight=False, soft_wrap=True)
        file = folder / result.FILE
    console.print(str(file), highlight=False, soft_wrap=True)
    if (folder / result.REPORT_FILE).exists():  # it shows the result that has just been replaced
        console.print(str(run_report.write(folder)), highlight=False, soft_wrap=True)
