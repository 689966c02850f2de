"""Ways in which a file is damaged, by a failing disk or a hand that slipped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from numpy.random import Generator


def cut(content: bytes, random: Generator) -> bytes:
    return content[: int(random.integers(len(content)))]


def emptied(content: bytes, random: Generator) -> bytes:
    return b""


def zeroed(content: bytes, random: Generator) -> bytes:
    """Its end is zeros, as after a crash of the machine."""
    kept = cut(content, random)
    return kept + bytes(len(content) - len(kept))


def flipped(content: bytes, random: Generator) -> bytes:
    """A bit."""
    altered = bytearray(content)
    altered[int(random.integers(len(altered)))] ^= 1 << int(random.integers(8))
    return bytes(altered)


SHORTER: tuple[Callable[[bytes, Generator], bytes], ...] = (cut, emptied)
ALL = (*SHORTER, zeroed, flipped)


@contextmanager
def damaged(
    file: Path, random: Generator, ways: tuple[Callable[[bytes, Generator], bytes], ...] = ALL
) -> Iterator[str]:
    """How it is damaged in this block; afterwards it is as it was, as from a backup."""
    content, way = file.read_bytes(), ways[int(random.integers(len(ways)))]
    file.unlink()  # a new file: whoever has the old one mapped keeps it
    file.write_bytes(damage if (damage := way(content, random)) != content else content[:-1])
    try:
        yield way.__name__
    finally:
        file.unlink()
        file.write_bytes(content)
