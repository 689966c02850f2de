"""The commands by group; each imports what it needs only when it runs, so that `--help` is quick."""

import typer

from services.mlaas.cli import ingredients, leakage, operate, serve

program = typer.Typer(
    name="mlaas",
    help="The provider: a black-box machine learning service. Upload, train, predict, over HTTP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
accounts = typer.Typer(no_args_is_help=True, help="List, create and revoke accounts.")

program.command()(serve.serve)
program.command()(serve.work)
program.command()(operate.profiles)
program.command()(ingredients.model_types)
program.command()(ingredients.defences)
program.command()(operate.models)
program.command()(operate.usage)
program.command()(operate.queries)
program.command()(leakage.leakage_report)
program.command()(serve.openapi)
program.add_typer(accounts, name="accounts")
accounts.command("list")(operate.list_accounts)
accounts.command("create")(operate.create_account)
accounts.command("revoke")(operate.revoke_account)
