"""Cells of CSV that people open in spreadsheets, where a text that begins like a formula would be one."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(cell: Any) -> Any:
    """With an apostrophe before it, which makes it a text there."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
