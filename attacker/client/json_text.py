"""JSON as the wire has it: finite numbers, text that can be written, nothing nested without end."""

import json
import math
from typing import Any

DEEPEST = 64  # lists and objects in each other; the wire needs less than ten


def read(body: bytes | bytearray) -> Any:
    """Raises ValueError for anything else."""
    text = str(body, "utf-8")
    try:
        document = json.loads(text, parse_constant=refused, parse_float=finite)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if is_deep(document):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if "\\ud" in text or "\\uD" in text:  # half a letter, perhaps, which no file takes
        json.dumps(document, ensure_ascii=False).encode()
    return document


def refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("a number is larger than any that is meant")
    return number


def is_deep(document: Any) -> bool:
    """Level by level: a function that called itself would have to be trusted with the depth."""
    level = [document]
    for _ in range(DEEPEST):
        within = (
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        )
        level = [child for children in within for child in children if isinstance(child, dict | list)]
        if not level:
            return False
    return True
