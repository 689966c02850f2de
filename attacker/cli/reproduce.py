"""`attacker reproduce`: the paper's tables and figures, played again."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from attacker.cli import options


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
    from attacker.cli.running import running
    from attacker.client.http import Http
    from attacker.errors import CannotAttack
    from attacker.owner import Owner
    from attacker.report import reproduction
    from attacker.report.lines import lines
    from attacker.report.pictures import pictures
    from attacker.reproducing import Reproduction

    console, errors = Console(), Console(stderr=True)
    if name is None:
        console.print(reproduction.listing())
        return
    names = paper.names() if name == "all" else [name]
    experiments = [paper.Experiment.read(one, scale.value) for one in names]
    with Http(np.random.default_rng()) as http:
        playing = Reproduction(
            Owner(http, challenger),
            out / "games",
            lambda folder, method, aim: running(folder, method, aim, budget=None, quiet=quiet),
            lambda text: errors.print(f"note: {text}", style="yellow", highlight=False, soft_wrap=True),
            substitute,
        )
        for experiment in experiments:
            games = []
            for played in playing.play(experiment.games):
                errors.print(f"{experiment.name}: {played.planned.label}", highlight=False)
                games.append(played)
            found = [line for played in games for line in lines(experiment, played)]
            console.print(reproduction.table(experiment, found))
            folder = out / experiment.name
            reproduction.write(folder, experiment, found, pictures(experiment, games))
            console.print(str(folder / reproduction.PAGE), highlight=False, soft_wrap=True)
            if all(line.reason for line in found):
                raise CannotAttack(f"No game of {experiment.name} could be played: {found[0].reason}")
