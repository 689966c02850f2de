"""A table or figure of the paper on one machine: starts provider and challenger, reproduces, stops them."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.parties import attacker, free_ports, servers
from services.web.command import run

program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@program.command()
def reproduce(
    name: Annotated[str, typer.Argument(help="An experiment, or `all`.")],
    scale: Annotated[str, typer.Option(help="quick or paper.")] = "quick",
    substitute: Annotated[
        bool, typer.Option("--substitute", help="Play on `shoppers` where the Purchase data is not here.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of all reproductions.")] = Path("runs/reproduce"),
) -> None:
    """Play the games of a table or figure; a stopped reproduction goes on with the same command."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = out / "services"
    with servers(folder, kept_ports(folder)) as challenger:
        said = ["--scale", scale, "--out", str(out), *(["--substitute"] if substitute else [])]
        attacker("reproduce", name, "--challenger", challenger, said)


def kept_ports(folder: Path) -> list[int]:
    """The same for all reproductions in a folder: games go on at the URLs that they began at."""
    note = folder / "ports.json"
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(free_ports(2)))
    ports: list[int] = json.loads(note.read_text())
    return ports


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    run(program)
