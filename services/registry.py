"""A folder of plug-ins: one small file each, and the file's name is the plug-in's name."""

import importlib
import pkgutil
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from services.mistake import Mistake

T = TypeVar("T")


class UnknownPlugin(Mistake, LookupError):
    """No file of that name lies in the folder."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        self.kind, self.name, self.known = kind, name, known
        self.close = get_close_matches(name, known)
        remedy = (
            f"did you mean {' or '.join(self.close)}?" if self.close else f"choose among {', '.join(known)}"
        )
        super().__init__(f"there is no {kind} named {name!r}: {remedy}")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The plug-ins of one kind; listing them imports none."""

    kind: str
    package: str
    base: type[T]

    def names(self) -> list[str]:
        folder = importlib.import_module(self.package).__path__
        return sorted(module.name for module in pkgutil.iter_modules(folder))

    def load(self, name: str) -> type[T]:
        """The class in the file `name`; raises UnknownPlugin with the nearest names."""
        if name not in (known := self.names()):
            raise UnknownPlugin(self.kind, name, known)
        module = importlib.import_module(f"{self.package}.{name}")
        [plugin] = [
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, self.base)
            and value.__module__ == module.__name__
        ]
        return plugin
