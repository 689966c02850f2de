"""Images as data sets hold them: flat rows, one feature for each pixel and colour."""

import numpy as np

from services.challenger.dataset import Feature

COLOURS = ("red", "green", "blue")


def pixels(shape: tuple[int, ...], maximum: int = 255) -> tuple[Feature, ...]:
    """The features of images (H, W) or (H, W, 3), in the order of a flat row."""
    return tuple(Feature(name(place), "integer", 0, maximum) for place in np.ndindex(shape))


def name(place: tuple[int, ...]) -> str:
    row, column, *colour = place
    return "_".join(["pixel", str(row), str(column), *(COLOURS[index] for index in colour)])
