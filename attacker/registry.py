"""A folder of plug-ins: one small file each, and the file's name is the plug-in's name."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from attacker.errors import UnknownPluginError

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """What can be found in a folder; listing imports nothing, so that help texts never load torch."""

    kind: str  # what a user calls one of them: "attack"
    package: str  # the folder's dotted name: "attacker.attacks"
    base: type[T]  # each file defines exactly one concrete subclass of it

    def names(self) -> list[str]:
        folder = importlib.import_module(self.package).__path__
        return sorted(module.name for module in pkgutil.iter_modules(folder))

    def check(self, name: str) -> None:
        """Raises UnknownPluginError, with the close names, for one that is not there; imports nothing."""
        if name not in (names := self.names()):
            raise UnknownPluginError(self.kind, name, names, get_close_matches(name, names))

    def load(self, name: str) -> type[T]:
        """The class of that name; raises UnknownPluginError."""
        self.check(name)
        module = importlib.import_module(f"{self.package}.{name}")
        [plugin] = [
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, self.base)
            and value.__module__ == module.__name__
        ]
        return plugin


def parameters(plugin: object) -> dict[str, Any]:
    """A plug-in's keyword arguments with their values, for the record."""
    return {name: getattr(plugin, name) for name in inspect.signature(type(plugin)).parameters}
