"""From the command line to Settings: what is not said is read from the environment or is the default."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from services.mlaas.settings import Settings

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the database, uploads and weights. [MLAAS_DATA]")
]
ProfilesOption = Annotated[
    Path | None, typer.Option("--profiles", help="Folder with further profiles. [MLAAS_PROFILES]")
]


def settings_from(**said: Any) -> "Settings":
    from services.mlaas.settings import Settings

    return Settings(**{name: value for name, value in said.items() if value is not None})
