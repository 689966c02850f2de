"""A plug-in as a command line names it: `NAME`, or `NAME:PARAMETER=VALUE:...`."""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, Literal, Self, TypeVar

import numpy as np

from attacker.errors import ConfigurationError
from attacker.registry import Registry

T = TypeVar("T")


@dataclass(frozen=True)
class Choice(Generic[T]):
    """A plug-in's name and the parameters that are not to be its defaults."""

    registry: Registry[T]
    name: str
    parameters: Mapping[str, Any]

    @classmethod
    def read(cls, words: str, registry: Registry[T]) -> Self:
        """Raises UnknownPluginError, and ConfigurationError for a parameter that it does not have or take."""
        name, *settings = words.split(":")
        types_ = typing.get_type_hints(registry.load(name).__init__)
        types_.pop("return", None)
        parameters = {}
        for setting in settings:
            parameter, equals, value = setting.partition("=")
            if not equals or parameter not in types_:
                known = get_close_matches(parameter, types_) or list(types_)
                takes = ", ".join(f"{one}=..." for one in known) or "no settings"
                raise ConfigurationError(
                    f"{setting!r} does not set the {registry.kind} {name!r}; it takes {takes}."
                )
            if parameter in parameters:
                raise ConfigurationError(f"{words!r} sets {parameter} twice; set it once.")
            parameters[parameter] = converted(value, types_[parameter], f"{name}:{parameter}")
        return cls(registry, name, parameters)

    def make(self) -> T:
        return self.registry.load(self.name)(**self.parameters)


def converted(word: str, kind: Any, parameter: str) -> Any:
    """A word as a value of the parameter's type; raises ConfigurationError."""
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for one in allowed:
        if typing.get_origin(one) is Literal and word in typing.get_args(one):
            return word
        if one in (int, float):
            try:
                value = one(word)
            except ValueError:
                continue
            if np.isfinite(value):
                return value
        if one is str:
            return word
    words = {int: "a whole number", float: "a number"}
    names = [words.get(one) or " or ".join(typing.get_args(one)) for one in allowed if one is not type(None)]
    raise ConfigurationError(f"{parameter} is {' or '.join(names)}, not {word!r}.")
