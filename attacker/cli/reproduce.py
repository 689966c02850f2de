"""`attacker reproduce`: the paper's tables and figures, played again."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from attacker.cli import options
from attacker.cli.notes import note

if TYPE_CHECKING:
    from attacker.paper import Experiment
    from attacker.reproducing import Opening, Reproduction

PIPE_WIDTH = 140
PATIENCE_S = 1800.0  # a challenger may fetch a data set before it answers that there is a game


class Scale(StrEnum):
    quick = "quick"
    paper = "paper"


def reproduce(
    name: Annotated[
        str | None,
        Argument(help="An experiment, or `all`; without one, they are listed.", show_default=False),
    ] = None,
    scale: Annotated[
        Scale,
        Option(help="`paper`: with the paper's sizes and numbers of shadow models; `quick`: with fewer."),
    ] = Scale.quick,
    challenger: Annotated[
        str, Option(help="Where the games are created and closed.", envvar="CHALLENGER_URL")
    ] = "http://127.0.0.1:8001",
    out: Annotated[
        Path, Option(help="Folder of all reproductions; a stopped one goes on where it was.", file_okay=False)
    ] = Path("runs/reproduce"),
    substitute: Annotated[
        bool,
        Option(
            "--substitute", help="In place of data that cannot be had, play on what the challenger offers."
        ),
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Play the games behind a table or figure of the paper, as their owner and as the attacker.

    Each game is played once, whatever asks for it. The paper's numbers stand beside ours, with the scale.
    """
    import numpy as np
    from rich.console import Console

    from attacker import paper
    from attacker.client.http import Http
    from attacker.errors import CannotAttack
    from attacker.owner import Owner
    from attacker.report import reproduction
    from attacker.reproducing import Reproduction

    if name is None:
        Console().print(reproduction.listing())
        return
    names = paper.names() if name == "all" else [name]
    experiments = [paper.Experiment.read(one, scale.value) for one in names]
    with Http(np.random.default_rng(), read_s=PATIENCE_S) as http:
        playing = Reproduction(Owner(http, challenger), out / "games", opening(quiet), note, substitute)
        unplayed = [one.name for one in experiments if not reproduced(playing, one, out)]
    if unplayed:
        raise CannotAttack(f"No game of {', '.join(unplayed)} could be played, for the reasons told above.")


def opening(quiet: bool) -> "Opening":
    """How a run folder is opened for a game."""
    from attacker.running import running

    return lambda folder, method, aim: running(folder, method, aim, budget=None, quiet=quiet)


def reproduced(playing: "Reproduction", experiment: "Experiment", out: Path) -> bool:
    """Play an experiment, show it and write it down; whether any of its games could be played."""
    from rich.console import Console

    from attacker.report import reproduction
    from attacker.report.lines import elsewhere, lines
    from attacker.report.pictures import pictures

    games = []
    for played in playing.play(experiment.games):
        Console(stderr=True).print(f"{experiment.name}: {played.planned.label}", highlight=False)
        games.append(played)
    found = [line for played in games for line in lines(experiment, played)]
    found += elsewhere(experiment)
    folder = out / f"{experiment.name}-{experiment.scale}"
    reproduction.write(folder, experiment, found, pictures(experiment, games))
    console = Console(markup=False, highlight=False, soft_wrap=True)
    wide = Console()
    if not wide.is_terminal:
        wide.width = PIPE_WIDTH  # a pipe has none of its own
    for table in reproduction.tables(experiment, found):
        wide.print(table)
    for text in (*reproduction.remarks(experiment, found), folder / reproduction.PAGE):
        console.print(str(text))
    return any(played.result is not None for played in games)
