"""NPY uploads: a 2-D array with the label, an integer, in column 0."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from services.mlaas.datasets.records import Block, row_blocks
from services.web.bodies import check_finite, read_npy_header
from services.web.problem import BadData


def read_npy(path: Path, *, most_features: int) -> Iterator[Block]:
    """Blocks of a file that was sent; raises BadData."""
    with path.open("rb") as file:
        shape, dtype = read_npy_header(file, path.stat().st_size)
        offset = file.tell()
    if not 2 <= shape[1] <= most_features + 1:
        raise BadData(f"A record is a label and 1 to {most_features} features; {shape[1]} columns were sent.")
    table = np.memmap(path, dtype, "r", offset, shape)
    for rows in row_blocks(shape[0], shape[1] * 8):
        block = check_finite(table[rows])
        with np.errstate(invalid="ignore"):  # a number that no integer holds is not what it becomes
            labels = block[:, 0].astype("i8")
        if (labels != block[:, 0]).any():
            raise BadData("Labels in column 0 of an NPY upload are integers; send CSV for words.")
        yield Block([str(label) for label in labels.tolist()], block[:, 1:])
