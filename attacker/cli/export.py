"""`attacker export`: the transcript of a finished run as one file."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def export(
    run: Annotated[Path, Argument(help="The folder of a finished run.")],
    out: Annotated[
        Path | None, Option(dir_okay=False, help="Where it goes, an .npz; else RUN/transcript.npz.")
    ] = None,
) -> None:
    """Write a run's transcript: answers, plan, and the truth once the game is closed. Nothing is asked.

    Any tool can read it; `attacker attacks FILE.npz` scores attacks on it.
    """
    from rich.console import Console

    from attacker import exporting

    out = out or run / "transcript.npz"
    exporting.export(run, out)
    Console().print(str(out), highlight=False, soft_wrap=True)
