"""A whole game on one machine: starts the parties, plays, closes, shows the result, stops the servers."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from services.parties import attacker, command, free_ports, options, servers
from services.web.command import CommandError, run

program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@program.command()
def demo(
    dataset: Annotated[str, typer.Option(help="A data set of `challenger datasets`.")] = "shoppers100",
    profile: Annotated[str, typer.Option(help="The black box to attack.")] = "neural_network",
    members: Annotated[int, typer.Option(help="Records that the target is trained on.", min=2)] = 2000,
    knowledge: Annotated[str, typer.Option(help="What the attacker is granted.")] = "population",
    access: Annotated[str, typer.Option(help="disjoint or adaptive.")] = "disjoint",
    shadows: Annotated[int, typer.Option(help="Shadow models.", min=1)] = 8,
    targets: Annotated[int, typer.Option(help="Target models.", min=1)] = 1,
    attacks: Annotated[str, typer.Option(help="Attacks by name, with commas, or all.")] = "all",
    synthesis: Annotated[
        str | None, typer.Option(help="Where shadow data comes from; `attacker syntheses` lists the ways.")
    ] = None,
    count: Annotated[int | None, typer.Option(help="Records to synthesise.", min=1)] = None,
    budget: Annotated[str | None, typer.Option(help="Most records to ask for.")] = None,
    seed: Annotated[int, typer.Option(help="The attacker's and the challenger's seed.", min=0)] = 1,
    out: Annotated[Path, typer.Option(help="The run folder.")] = Path("runs/demo"),
) -> None:
    """Play the membership inference game from beginning to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    game = {"dataset": dataset, "profile": profile, "members": members, "knowledge": knowledge}
    game |= {"access": access, "targets": targets, "seed": seed}
    play = {"shadows": shadows, "attacks": attacks, "seed": seed, "out": out}
    wishes = {"synthesis": synthesis, "count": count, "budget": budget}
    play |= {name: wish for name, wish in wishes.items() if wish is not None}
    decided = {name: str(value) for name, value in play.items() if name != "budget"}  # that may grow
    state = run_folder(out, {"game": game, "play": decided})
    began = time.monotonic()
    with servers(out / "services", state["ports"]) as challenger:
        url = game_url(out / "services", challenger, game)
        attacker("play", url, options(play))
        command("services.challenger", "close", url, ["--owner-key-file", str(out / "services/owner.key")])
        attacker("play", url, options(play))
    typer.echo(f"from the first request to the result: {time.monotonic() - began:.0f} s")
    typer.echo(f"the report: {out / 'report.html'}")


def run_folder(out: Path, variables: dict[str, Any]) -> dict[str, Any]:
    """Go on with an unfinished run of the same variables; move any other to `OUT.old` and begin anew."""
    note = out / "services" / "demo.json"
    if note.exists() and not finished(out):
        state: dict[str, Any] = json.loads(note.read_text())
        if state["variables"] == variables:
            typer.echo(f"going on with the unfinished game in {out}", err=True)
            return state
    if out.exists() and any(out.iterdir()):
        old = out.resolve().with_name(out.resolve().name + ".old")
        for folder in (out, old):
            check_is_run(folder)
        shutil.rmtree(old, ignore_errors=True)
        out.replace(old)
        typer.echo(f"the earlier run is now in {old}", err=True)
    note.parent.mkdir(parents=True, exist_ok=True)
    state = {"variables": variables, "ports": free_ports(2)}
    note.write_text(json.dumps(state))
    return state


def finished(out: Path) -> bool:
    """Whether the run has its result, and a whole one."""
    file = out / "result.json"
    return file.exists() and "partial" not in json.loads(file.read_text())


def check_is_run(folder: Path) -> None:
    """Raises CommandError for a folder with anything else in it: that is not ours to move or delete."""
    if folder.exists() and not (folder / "services" / "demo.json").exists():
        raise CommandError(f"{folder} is not the folder of an earlier demo; choose another OUT")


def game_url(folder: Path, challenger: str, game: dict[str, Any]) -> str:
    """The game's URL: created now, or before an interruption."""
    note = folder / "game.url"
    if not note.exists():
        key = ["--owner-key-file", str(folder / "owner.key")]
        created = command("services.challenger", "create", "--url", challenger, [*options(game), *key])
        note.write_text(created.strip().splitlines()[-1])
    return note.read_text()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    run(program)
