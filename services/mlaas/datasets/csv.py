"""CSV uploads: a record a line, the label (a number or a word) first; other columns are numbers."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
from numpy.typing import NDArray

from services.mlaas.datasets.records import Block
from services.web.problem import BadData

Header = Literal["present", "absent", "auto"]
Line = tuple[int, list[str]]  # its number, and its cells
VALUES_IN_A_BLOCK = 200_000
LONGEST_LINE = 2**20
LONGEST_LABEL = 100


def read_csv(path: Path, header: Header, *, most_features: int) -> Iterator[Block]:
    """Blocks of a file that was sent; raises BadData with the line at fault, never with its content."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(lines_of(file))
        lines = ((reader.line_num, cells) for cells in reader if cells)
        try:
            first = next(lines, None)
            if first is None:
                raise BadData("The CSV has no lines; send a record a line.")
            width = len(first[1])
            if not 2 <= width <= most_features + 1:
                raise BadData(
                    f"A line is a label and 1 to {most_features} numbers; line 1 has {width} columns."
                )
            pending = [] if header == "present" or (header == "auto" and is_header(first[1])) else [first]
            others = of_width(lines, width)
            while block := pending + list(islice(others, max(1, VALUES_IN_A_BLOCK // width))):
                yield parsed(block)
                pending = []
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadData("The body is no CSV in UTF-8; check the encoding and the quotes.") from error


def lines_of(file: TextIO) -> Iterator[str]:
    """Lines of bounded length: a file without line ends is not read whole."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise BadData(f"A line has more than {LONGEST_LINE} characters; is it a record a line?")
        yield line


def is_header(cells: list[str]) -> bool:
    """A first line in which no feature is a number names the columns."""
    return not any(is_number(cell) for cell in cells[1:])


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def of_width(lines: Iterator[Line], width: int) -> Iterator[Line]:
    """Before they are collected: a block is as many lines as memory has room for at that width."""
    for number, cells in lines:
        if len(cells) != width:
            raise BadData(f"Line {number} has {len(cells)} columns; the first line has {width}.")
        yield number, cells


def parsed(block: list[Line]) -> Block:
    for number, cells in block:
        if not cells[0].strip() or len(cells[0]) > LONGEST_LABEL or "\0" in cells[0]:
            raise BadData(
                f"Line {number} has no label of 1 to {LONGEST_LABEL} characters, none of them 0, in column 0."
            )
    return Block([cells[0].strip() for _, cells in block], numbers(block))


def numbers(block: list[Line]) -> NDArray[np.float64]:
    """The features of a block (n, D); raises BadData with the line that is not all finite numbers."""
    features = np.empty((len(block), len(block[0][1]) - 1))
    for row, (number, cells) in zip(features, block, strict=True):
        try:
            row[:] = list(map(float, cells[1:]))
        except ValueError:
            row[:] = np.nan
        if not np.isfinite(row).all():
            raise BadData(
                f"Line {number} has a feature that is not a finite number; encode words and fill gaps first."
            )
    return features
