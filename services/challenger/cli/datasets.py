"""`challenger datasets`, `challenger fetch`."""

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from services.challenger.cli.serve import DatasetsOption, settings_from

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 100


def list_datasets(folder: DatasetsOption = None) -> None:
    """What can be played, and what of it is on this machine."""
    from services.challenger.dataset import DATASETS

    cache = settings_from(datasets=folder).datasets
    typer.echo(f"Data sets in {cache}\n")
    typer.echo(row("name", "records", "features", "classes", "here"))
    for name in DATASETS.names():
        dataset = DATASETS.load(name)
        sizes = [f"{size:,}" for size in (dataset.records, dataset.features, dataset.classes)]
        typer.echo(row(name, *sizes, presence(name, cache)))
        for text in (dataset.summary, f"{dataset.source}; terms: {dataset.terms}"):
            typer.echo(textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    "))


def row(name: str, *sizes_and_here: str) -> str:
    return "{:<12} {:>8} {:>9} {:>8}  {}".format(name, *sizes_and_here)


def presence(name: str, cache: "Path") -> str:
    from services.challenger.dataset import DATASETS, records_here

    dataset, here = DATASETS.load(name), records_here(name, cache)
    if here:
        return "yes" if here == dataset.records else f"{here:,} of them"
    instead = f" (or play {dataset.substitute})" if dataset.substitute else ""
    return f"no: challenger fetch {name}{instead}"


def fetch(
    names: Annotated[list[str], typer.Argument(help="Data sets; `challenger datasets` lists them.")],
    folder: DatasetsOption = None,
) -> None:
    """Get data sets ahead of their first game; an interrupted download goes on where it was."""
    from services.challenger.dataset import load
    from services.challenger.errors import DatasetUnavailable
    from services.web.command import CommandError

    cache = settings_from(datasets=folder).datasets
    for name in names:
        try:
            records = load(name, cache)
        except DatasetUnavailable as problem:
            raise CommandError(problem.detail) from problem
        if not (cache / f"{name}.npz").is_file():
            raise CommandError(
                f"{name} could not be kept in {cache}; make it writable, or name another with --datasets."
            )
        typer.echo(f"{name}: {len(records.labels):,} records in {cache}")
