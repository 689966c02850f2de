"""What only the operator sees: accounts, profiles, what was trained, the ledger."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.mlaas.cli.settings import DataOption, ProfilesOption, settings_from
from services.mlaas.cli.suspicious import suspicious as show_suspicious
from services.mlaas.cli.tables import opened, show, when

if TYPE_CHECKING:
    from services.mlaas.profile import OutputDefence, QueryDefences


def profiles(folder: ProfilesOption = None) -> None:
    """The black boxes on offer, and what is inside: for the operator's eyes."""
    from services.mlaas.app import profiles_on_offer

    found = sorted(profiles_on_offer(settings_from(profiles=folder)).items())
    rows: list[tuple[object, ...]] = [
        (
            name,
            ", ".join(option.name for option in profile.options) or "none",
            ", ".join(candidate.model_type for candidate in profile.candidates),
            settings_of(profile.training_defences),
            in_order(profile.defences),
            limits(profile.queries),
            profile.summary,
        )
        for name, profile in found
    ]
    hidden = ["model types (hidden)", "training defences", "output defences in order", "query defences"]
    show("Profiles", ["name", "options offered", *hidden, "summary"], rows)


def in_order(defences: "Iterable[OutputDefence]") -> str:
    return ", then ".join(f"{each.defence} {settings_of(each.parameters)}".strip() for each in defences)


def limits(queries: "QueryDefences") -> str:
    named = {"quota": queries.quota, "per_minute": queries.per_minute, "detect": queries.detect or None}
    return settings_of({name: value for name, value in named.items() if value is not None})


def settings_of(values: Mapping[str, Any]) -> str:
    """Names and values on a line; what is switched on needs no value."""
    return ", ".join(name if value is True else f"{name} {value}" for name, value in values.items())


def trained_on(choice: Mapping[str, Any]) -> str:
    """The device, and the precision where it is not the usual one."""
    said = (choice.get("device"), choice.get("precision"))
    return " ".join(each for each in said if each and each != "float32")


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
                trained_on(model.choice or {}),
                "; ".join(f"{name} {held_out(score)}" for name, score in scores_of(model.choice).items()),
                model.served_from or "",
                epsilon(model.choice or {}),
                when(model.created_at),
            )
            for model in every(session)
        ]
    columns = ["model", "account", "profile", "state", "rows", "model type", "device", "hold-out accuracy"]
    show("Models", [*columns, "served from", "epsilon", "created"], rows)


def scores_of(choice: Mapping[str, Any] | None) -> dict[str, Any]:
    scores: dict[str, Any] = (choice or {}).get("scores", {})
    return scores


def held_out(score: float | Mapping[str, float]) -> str:
    """An accuracy, and the membership advantage where that was weighed, too."""
    if isinstance(score, float):
        return f"{score:.3f}"
    return f"{score['accuracy']:.3f} (leaks {score['advantage']:.3f})"


def epsilon(choice: Mapping[str, Any]) -> str:
    """That of differential privacy, with the delta it is stated for."""
    if choice.get("epsilon") is None:
        return ""
    private = choice.get("parameters", {}).get("differential_privacy") or {}
    stated_for = f" at delta {private['delta']:g}" if "delta" in private else ""
    return f"{choice['epsilon']:.2f}{stated_for}"


def usage(
    data: DataOption = None,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    suspicious: Annotated[
        bool,
        typer.Option("--suspicious", help="Whose questions look like a search, where they are watched."),
    ] = False,
) -> None:
    """Requests and records by account and model: the ledger's sums."""
    if suspicious:
        show_suspicious(data, account)
        return
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

    settings = settings_from(data=data)
    database = open_database(settings.data, settings.database)
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
