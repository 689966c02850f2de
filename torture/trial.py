"""What a trial is: a module that does one thing to the services, as often as it is told, and counts.

It has `FULL` and `BRIEF`, how much `make torture` (`make fuzz`, `make soak`) and the test of it do, in the
unit that its first sentence names, and `run(much, random, folder) -> Found`. Its folder is its kind.
"""

import pkgutil
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.random import Generator

from torture.found import Found

KINDS = ("faults", "hostile", "fuzz", "soak")


class Trial(Protocol):
    __doc__: str | None
    FULL: int
    BRIEF: int

    def run(self, much: int, random: Generator, folder: Path) -> Found:
        """random: all that is drawn. folder: an empty one, gone afterwards."""


def names(kind: str) -> list[str]:
    """The trials of a kind, without importing them."""
    package = import_module(f"torture.{kind}")
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__))


def load(kind: str, name: str) -> Trial:
    return cast("Trial", import_module(f"torture.{kind}.{name}"))


def tried(trial: Trial, much: int, seed: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        return trial.run(much, np.random.default_rng(seed), Path(folder))


def chosen(kinds: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, str]]:
    """(kind, name) of the trials of these kinds, or those of them that are wanted by name."""
    found = [(kind, name) for kind in kinds for name in names(kind)]
    return [(kind, name) for kind, name in found if not wanted or name in wanted]
