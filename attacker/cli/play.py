"""`attacker play`: a game of a challenger, up to the scoreboard."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from attacker import defaults
from attacker.cli import options


def play(
    game_url: Annotated[str, Argument(help="As `challenger create` prints it.")],
    out: options.Out = Path(defaults.PLAY),
    shadows: options.Shadows = defaults.SHADOWS,
    attacks: options.Attacks = None,
    primary: options.Primary = None,
    synthesis: options.Synthesis = None,
    count: options.Count = None,
    access: options.Access = None,
    precision: options.Precision = None,
    fdr: options.Fdr = None,
    shadow_profile: options.ShadowProfile = None,
    training_size: options.TrainingSize = None,
    adapt: options.Adapt = False,
    base: options.Base = None,
    seed: options.Seed = 0,
    budget: options.Budget = None,
    wait: Annotated[float, Option(min=0, help="Seconds to wait until the owner closes the game.")] = 0.0,
    quiet: options.Quiet = False,
) -> None:
    """Play a membership inference game: train shadow models, ask, fit, submit; once it is closed, report.

    The run signs up at the provider by itself; ATTACKER_API_KEY, or the file that
    ATTACKER_API_KEY_FILE names, has the key of an account to use instead. It goes to the host
    of the game itself, or to the provider at ATTACKER_PROVIDER, whatever the game says.
    """
    from rich.console import Console

    from attacker.play import Play
    from attacker.report import members, result, run_report, tables

    game = Play(
        game_url,
        out=out,
        shadows=shadows,
        attacks=attacks,
        primary=primary,
        synthesis=synthesis,
        count=count,
        access=access,
        precision=precision,
        fdr=fdr,
        shadow_profile=shadow_profile,
        training_size=training_size,
        adapt=adapt,
        base=base,
        seed=seed,
        budget=budget,
        quiet=quiet,
    )
    console, found = Console(), game.run(wait).document
    if found is None:
        told = f"Submitted. When the owner has closed {game_url}, the same command shows the result."
    else:
        console.print(tables.attacks(found), tables.ledger(found))
        for line in members.lines(found):
            console.print(line, highlight=False, soft_wrap=True)
        told = f"{out / result.FILE}\n{run_report.write(out)}"
    console.print(told, highlight=False, soft_wrap=True)
