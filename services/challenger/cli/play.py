"""`challenger close`, `challenger scoreboard`: the game's owner at its end."""

import sys
from pathlib import Path
from typing import Annotated

import typer

GameUrl = Annotated[str, typer.Argument(help="The game's URL.")]


def close(
    game: GameUrl,
    owner_key_file: Annotated[
        Path | None, typer.Option(help="File with the owner key; `-` reads it from standard input.")
    ] = None,
    owner_key: Annotated[
        str | None, typer.Option(help="The owner key itself.", envvar="CHALLENGER_OWNER_KEY")
    ] = None,
) -> None:
    """Close a game for good and show its scoreboard."""
    from services.challenger import client

    client.close(game.rstrip("/"), key_from(owner_key_file, owner_key))
    scoreboard(game)


def scoreboard(game: GameUrl) -> None:
    """Show the scoreboard of a game that is closed."""
    from services.challenger import client
    from services.challenger.cli.scoreboard import show

    show(client.scoreboard(game.rstrip("/")))


def key_from(file: Path | None, key: str | None) -> str:
    if file is None and key is None:
        raise typer.BadParameter(
            "give the key that `challenger create` printed", param_hint="--owner-key-file"
        )
    if file is None:
        return str(key)
    return (sys.stdin.read() if str(file) == "-" else file.read_text()).strip()
