"""The commands by name."""

import typer

from services.challenger.cli import create, datasets, play, serve

program = typer.Typer(
    name="challenger",
    help="The challenger: create membership inference games, referee them, close them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

program.command()(serve.serve)
program.command(name="datasets")(datasets.list_datasets)
program.command()(datasets.fetch)
program.command()(create.create)
program.command()(play.close)
program.command()(play.scoreboard)
program.command()(serve.openapi)
