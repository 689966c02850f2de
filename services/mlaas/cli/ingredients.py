"""`mlaas model-types`, `mlaas defences`: what a profile can be made of; for the operator's eyes."""

import inspect
from typing import TYPE_CHECKING, Any

from services.mlaas.cli.tables import show

if TYPE_CHECKING:
    from services.registry import Registry


def model_types() -> None:
    """The model types that a profile may train, with their hyperparameters."""
    from services.mlaas.model_type import MODEL_TYPES

    listed("Model types", MODEL_TYPES)


def defences() -> None:
    """The output defences that a profile may name, with their parameters."""
    from services.mlaas.defence import DEFENCES

    listed("Output defences", DEFENCES)


def listed(title: str, plugins: "Registry[Any]") -> None:
    rows: list[tuple[object, ...]] = [
        (name, parameters_of(plugin), summary_of(plugin))
        for name, plugin in ((name, plugins.load(name)) for name in plugins.names())
    ]
    show(title, ["name", "parameters", "what it is"], rows)


def parameters_of(plugin: type) -> str:
    """With their defaults."""
    parameters = inspect.signature(plugin).parameters.values()
    return ", ".join(f"{one.name} {one.default}" for one in parameters) or "none"


def summary_of(plugin: type) -> str:
    """The first line of its file."""
    return (inspect.getdoc(inspect.getmodule(plugin)) or "").partition("\n")[0]
