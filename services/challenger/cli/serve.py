"""`challenger serve`, `challenger openapi`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from services.challenger.settings import Settings

DatasetsOption = Annotated[
    Path | None,
    typer.Option("--datasets", help="Folder where data sets are kept. [CHALLENGER_DATASETS]"),
]


def settings_from(**said: Any) -> "Settings":
    """What is not said is read from the environment or is the default."""
    from services.challenger.settings import Settings

    return Settings(**{name: value for name, value in said.items() if value is not None})


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8001,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the games and their truth. [CHALLENGER_DATA]")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="URL of the provider. [CHALLENGER_PROVIDER]")] = None,
    public_provider: Annotated[
        str | None,
        typer.Option(help="Its URL for attackers, when it is another. [CHALLENGER_PUBLIC_PROVIDER]"),
    ] = None,
    datasets: DatasetsOption = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Serve the API, and prepare the games that were asked for."""
    from services.challenger.app import create_app
    from services.challenger.database import open_database
    from services.challenger.settings import secret_of
    from services.web.command import keep_private
    from services.web.serving import serve as serve_app

    settings = settings_from(data=data, provider=provider, public_provider=public_provider, datasets=datasets)
    keep_private(settings.data)
    secret_of(settings)  # a mistake here is one line, and a traceback once the server runs
    open_database(settings.data).dispose()
    serve_app(
        create_app(settings), host, port, settings.data, settings, until_stdin_closes=until_stdin_closes
    )


def openapi(
    out: Annotated[Path | None, typer.Option(help="File to write; standard output without it.")] = None,
) -> None:
    """Write the OpenAPI document of this version."""
    from services.challenger.app import create_app
    from services.web.openapi import as_text

    text = as_text(create_app(settings_from()))
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
