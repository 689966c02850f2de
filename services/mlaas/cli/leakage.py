"""`mlaas leakage-report MODEL`: what a model gives away, with what only its operator may know beside it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.mlaas.cli.settings import DataOption, ProfilesOption, settings_from
from services.mlaas.cli.tables import opened, show

if TYPE_CHECKING:
    from services.database import Database
    from services.mlaas.leakage.schemas import ReportDocument
    from services.mlaas.models.tables import Model
    from services.mlaas.settings import Settings

LOOK_AGAIN_S = 0.2


def leakage_report(
    model: Annotated[str, typer.Argument(help="The model's id.")],
    data: DataOption = None,
    profiles: ProfilesOption = None,
    held_out: Annotated[
        str | None, typer.Option(help="A dataset that the model never saw: makes a new report.")
    ] = None,
    shadows: Annotated[
        int | None, typer.Option(help="Models trained for comparison: makes a new report.", min=4, max=64)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole document.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the page to this file.", dir_okay=False)] = None,
) -> None:
    """Show the newest leakage report of a model; make one where there is none, or another is wanted."""
    settings = settings_from(data=data, profiles=profiles)
    with opened(data) as database:
        assessed = existing(database, model)
        document = newest(database, assessed, held_out, shadows, settings)
    if out is not None:
        from services.mlaas.leakage.page import as_page

        out.write_text(as_page(document), encoding="utf-8")
    if as_json:
        whole = document.model_dump(mode="json") | {"operator": hidden(assessed)}
        typer.echo(json.dumps(whole, indent=2))
    elif out is None:
        tell(document, hidden(assessed))


def existing(database: "Database", model_id: str) -> "Model":
    from services.mlaas.models.repository import by_id
    from services.web.command import CommandError

    with database.read() as session:
        model = by_id(session, model_id)
    if model is None:
        raise CommandError(f"there is no model {model_id}; `mlaas models` lists them")
    return model


def newest(
    database: "Database", model: "Model", held_out: str | None, shadows: int | None, settings: "Settings"
) -> "ReportDocument":
    """The newest report once it has ended; a new one where there is none, or where one is described."""
    from services.mlaas.leakage import repository, service
    from services.mlaas.leakage.schemas import NewReport
    from services.mlaas.leakage.tables import ENDED, ReportState

    with database.read() as session:
        report = repository.newest(session, model.id)
    if report is None or report.state == ReportState.FAILED or held_out or shadows:
        described = {"held_out": held_out, "shadows": shadows}
        asked = NewReport.model_validate({name: value for name, value in described.items() if value})
        report = ask_for(database, model, asked, settings.account_jobs)
    if report.state not in ENDED:
        with working(settings, database):
            while report.state not in ENDED:
                threading.Event().wait(LOOK_AGAIN_S)
                with database.read() as session:
                    report = session.get_one(type(report), report.id)
    return service.document(report)


def ask_for(database: "Database", model: "Model", asked: Any, most_jobs: int) -> Any:
    """In the owner's name: it is the owner's report, and the owner may read it."""
    from services.mlaas.accounts.tables import Account
    from services.mlaas.leakage import service
    from services.web.command import CommandError
    from services.web.problem import Problem

    with database.read() as session:
        owner = session.get_one(Account, model.account_id)
    try:
        return service.ask_for(database, owner, model.id, asked, most_jobs)
    except Problem as refusal:
        raise CommandError(refusal.detail) from refusal


@contextmanager
def working(settings: "Settings", database: "Database") -> Iterator[None]:
    """Takes part in the work on queued jobs: there may be no server just now."""
    from services.mlaas.app import profiles_on_offer
    from services.mlaas.worker import Worker

    stop = threading.Event()
    worker = Worker(settings, database, profiles_on_offer(settings), "process:1")
    thread = threading.Thread(target=worker.work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def hidden(model: "Model") -> dict[str, Any]:
    """What the owner must not know."""
    choice = model.choice or {}
    return {"model_type": model.model_type, **{name: choice.get(name) for name in ("scores", "epsilon")}}


def tell(document: "ReportDocument", operator: Mapping[str, Any]) -> None:
    """In short, on the screen."""
    if document.report is None:
        typer.echo(document.error)
        return
    found = document.report
    typer.echo(found["headline"])
    typer.echo(f"Risk: {found['level']} ({found['levels'][found['level']]}).")
    if found["choice"]:
        typer.echo(found["choice"]["words"])
    show("Figures", ["figure", "value"], figures(found, operator))
    rows: list[tuple[object, ...]] = [
        (
            each["profile"],
            each["verdict"],
            f"{each['advantage']['value']:.3f}",
            f"{each['own']['advantage']['value']:.3f}",
            f"{each['accuracy_change']:+.3f}",
        )
        for each in found["alternatives"]
    ]
    typer.echo(found["advice"])
    show("Other profiles", ["profile", "it", "advantage", "here", "accuracy"], rows)


def figures(found: Mapping[str, Any], operator: Mapping[str, Any]) -> list[tuple[object, ...]]:
    low = found["tpr_at_fpr"]
    measured: list[tuple[object, ...]] = [
        ("advantage", written(found["advantage"])),
        ("area under the curve", written(found["auc"])),
        *((f"TPR at {float(fpr):.1%} FPR", written(low[fpr])) for fpr in ("0.01", "0.001")),
        *((f"accuracy, {kind}", written(found["accuracy"][kind])) for kind in ("training", "held_out")),
        *((f"epsilon, {kind}", f"{one['value']:.2f}") for kind, one in found["epsilon"].items()),
    ]
    return measured + [(f"{name} (hidden)", str(value)) for name, value in operator.items() if value]


def written(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "too few records to tell"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
