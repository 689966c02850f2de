"""What a decoder is: whatever reads bytes that others wrote, and the errors in which it may refuse them."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from torture.decoding.changes import octets

LONGEST_REFUSAL = 2**14  # characters
SEEDS = Path(__file__).parents[2] / "tests" / "fuzz" / "seeds"


@dataclass(frozen=True)
class Decoder:
    """`read(content, folder)` ends in a result or in one of `refusals`; the folder is its own to write to.

    `change(content, random)` makes its format worse; the seeds are what it takes, and what once broke it.
    """

    name: str
    read: Callable[[bytes, Path], Any]
    refusals: tuple[type[Exception], ...]
    change: Callable[[bytes, Random], bytes] = octets.changed

    @property
    def seeds(self) -> Path:
        return SEEDS / self.name

    def known(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.seeds.iterdir())]


def of_group(group: str) -> tuple[Decoder, ...]:
    """Imported here alone, so that what it reads with can be watched from the first line."""
    decoders: tuple[Decoder, ...] = import_module(f"torture.decoding.decoders.{group}").DECODERS
    return decoders


def from_file(read: Callable[[Path], Any], suffix: str) -> Callable[[bytes, Path], Any]:
    """For what reads files."""

    def written(content: bytes, folder: Path) -> Any:
        file = folder / f"given{suffix}"
        file.write_bytes(content)
        return read(file)

    return written
