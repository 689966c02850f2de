"""Cells of CSV files that people open in spreadsheets, where a text that begins like a formula would be one.

What is in them may have come from a server. An apostrophe before it makes it a text, as spreadsheets have it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(cells: Iterable[Any]) -> Iterator[Any]:
    """Numbers, also those that are texts, stay as they are."""
    for cell in cells:
        text = isinstance(cell, str) and cell.startswith((*FORMULA, "'")) and not is_number(cell)
        yield f"'{cell}" if text else cell


def read(cell: str) -> str:
    """What was to be written."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*FORMULA, "'") else cell


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
