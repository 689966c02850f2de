"""What only the operator sees: accounts, profiles, what was trained, the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.mlaas.cli.settings import DataOption, ProfilesOption, settings_from

if TYPE_CHECKING:
    from services.database import Database


@contextmanager
def opened(data: DataOption) -> "Iterator[Database]":
    from services.mlaas.database import open_database
    from services.web.command import CommandError

    folder = settings_from(data=data).data
    if not (folder / "mlaas.sqlite").exists():
        raise CommandError(f"there is no provider's data in {folder}; name its folder with --data")
    database = open_database(folder)
    yield database
    database.dispose()


def when(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def show(title: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 200  # a pipe has no width of its own
    console.print(table)


def profiles(folder: ProfilesOption = None) -> None:
    """The black boxes on offer, and what is inside: for the operator's eyes."""
    from services.mlaas.app import profiles_on_offer

    found = sorted(profiles_on_offer(settings_from(profiles=folder)).items())
    rows: list[tuple[object, ...]] = [
        (
            name,
            ", ".join(option.name for option in profile.options) or "none",
            ", ".join(candidate.model_type for candidate in profile.candidates),
            profile.summary,
        )
        for name, profile in found
    ]
    show("Profiles", ["name", "options offered", "model types (hidden)", "summary"], rows)


def models(data: DataOption = None) -> None:
    """Every model with what was chosen inside its black box."""
    from services.mlaas.models.repository import every

    with opened(data) as database, database.read() as session:
        rows: list[tuple[object, ...]] = [
            (
                model.id,
                model.account_id,
                model.profile,
                model.state,
                model.training_rows,
                model.model_type or "",
                (model.choice or {}).get("device", ""),
                "; ".join(f"{k} {v:.3f}" for k, v in (model.choice or {}).get("scores", {}).items()),
                when(model.created_at),
            )
            for model in every(session)
        ]
    columns = ["model", "account", "profile", "state", "rows", "model type", "device", "hold-out accuracy"]
    show("Models", [*columns, "created"], rows)


def usage(
    data: DataOption = None,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
) -> None:
    """Requests and records by account and model: the ledger's sums."""
    from services.mlaas.ledger.repository import usage as sums

    with opened(data) as database, database.read() as session:
        rows: list[tuple[object, ...]] = [
            (
                one.account_id,
                one.model_id,
                one.requests,
                one.records,
                "none" if one.quota is None else one.quota,
            )
            for one in sums(session, account)
        ]
    show("Usage", ["account", "model", "requests", "records", "quota"], rows)


def queries(
    data: DataOption = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    after: Annotated[int, typer.Option(help="Begin after this row of the ledger.", min=0)] = 0,
    count: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, for other programs.")] = False,
) -> None:
    """The ledger itself, oldest first."""
    from services.mlaas.ledger.endpoints import as_csv
    from services.mlaas.ledger.repository import queries as rows_of
    from services.mlaas.ledger.schemas import QueryItem

    with opened(data) as database, database.read() as session:
        items = [
            QueryItem.model_validate(query, from_attributes=True)
            for query in rows_of(session, after, count, model)
        ]
    if csv:
        typer.echo(as_csv(items), nl=False)
        return
    rows: list[tuple[object, ...]] = [
        (one.id, when(one.at), one.account_id, one.model_id, one.records, one.request_id) for one in items
    ]
    show("Queries", ["row", "at (UTC)", "account", "model", "records", "request"], rows)


def list_accounts(data: DataOption = None) -> None:
    """Every account, with its state."""
    from services.mlaas.accounts.repository import all_accounts

    with opened(data) as database, database.read() as session:
        rows: list[tuple[object, ...]] = [
            (one.id, "operator" if one.is_admin else "customer", when(one.created_at), when(one.revoked_at))
            for one in all_accounts(session)
        ]
    show("Accounts", ["account", "role", "opened (UTC)", "revoked (UTC)"], rows)


def create_account(
    data: DataOption = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="An operator, who may read the whole ledger.")
    ] = False,
) -> None:
    """Open an account and print its key, this once."""
    from services.mlaas.accounts.service import open_account
    from services.mlaas.database import open_database

    database = open_database(settings_from(data=data).data)
    with database.write() as session:
        account, key = open_account(session, is_admin=admin)
    database.dispose()
    typer.echo(f"account {account.id}\nkey {key}")


def revoke_account(
    account: Annotated[str, typer.Argument(help="The account's id.")], data: DataOption = None
) -> None:
    """Refuse an account's key from now on; its models and its ledger stay."""
    from services.mlaas.accounts.service import revoke

    with opened(data) as database, database.write() as session:
        revoke(session, account)
    typer.echo(f"account {account} is revoked")
