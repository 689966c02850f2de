"""`challenger close`, `challenger scoreboard`: the game's owner at its end."""

from pathlib import Path
from typing import Annotated

import typer

from services.challenger.cli.owner_key import owner_key

GameUrl = Annotated[str, typer.Argument(help="The game's URL.")]


def close(
    game: GameUrl,
    owner_key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the owner key, `-` for standard input. Without it: CHALLENGER_OWNER_KEY."
        ),
    ] = None,
) -> None:
    """Close a game for good and show its scoreboard."""
    from services.challenger import client

    client.close(game.rstrip("/"), owner_key(owner_key_file, "--owner-key-file"))
    scoreboard(game)


def scoreboard(game: GameUrl) -> None:
    """Show the scoreboard of a game that is closed."""
    from services.challenger import client
    from services.challenger.cli.scoreboard import show

    show(client.scoreboard(game.rstrip("/")))
