"""Arrays that belong together: each letter in their shapes is one length throughout."""

from collections.abc import Mapping

Shape = tuple[int, ...]


def bound(
    found: Mapping[str, Shape], due: Mapping[str, str], known: Mapping[str, int] | None = None
) -> dict[str, int]:
    """What each letter of the shapes that are due ("N K") stands for, some of it `known` beforehand.

    Raises ValueError, naming the first array of another shape; in it, letters stand for what is still open.
    """
    lengths = dict(known or {})
    for name, letters in due.items():
        shape, sides = found[name], letters.split()
        if len(shape) == len(sides):
            for side, length in zip(sides, shape, strict=True):
                lengths.setdefault(side, length)
        wanted = tuple(lengths.get(side, side) for side in sides)
        if shape != wanted:
            raise ValueError(f"{name} is {written(shape)} where {written(wanted)} is due")
    return lengths


def written(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
