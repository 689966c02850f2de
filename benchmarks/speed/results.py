"""`results.json`: every figure with all its rounds; a figure measured again takes its own place."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.speed.figure import Figure
from benchmarks.speed.figures import NAMES

FILE = Path(__file__).parent.parent / "results.json"
EMPTY: dict[str, Any] = {"schema": 1, "figures": {}}


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else EMPTY
    return document


def add(file: Path, measured: str, figures: Sequence[Figure], about: dict[str, Any]) -> None:
    """Put what one measurement gave in the place of what it gave before; `about`: the machine meanwhile."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"when": when, **about, "figures": [figure.document() for figure in figures]}
    document = read(file)
    entries = document["figures"] | {measured: entry}
    document = document | {"figures": {name: entries[name] for name in NAMES if name in entries}}
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n")
    partial.replace(file)
