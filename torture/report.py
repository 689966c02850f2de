"""`report.json`: what every trial found, a trial done again in its own place; and the README's table."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torture.found import Found
from torture.trial import KINDS, Trial

FILE = Path(__file__).parent / "report.json"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- torture: begin -->", "<!-- torture: end -->"
HEAD = ("| trial | what was done | what was counted | did not hold |", "|---|---|---|---|")
LONGEST_SHOWN = 120
EMPTY: dict[str, Any] = {"schema": 1, "trials": {}}


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else EMPTY
    return document


def add(file: Path, kind: str, name: str, trial: Trial, found: Found, seed: int, seconds: float) -> None:
    when = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"kind": kind, "what": summary(trial), "when": when, "seed": seed, "seconds": round(seconds, 1)}
    entries = read(file)["trials"] | {f"{kind}/{name}": about | found.document()}
    in_order = dict(sorted(entries.items(), key=lambda entry: (KINDS.index(entry[1]["kind"]), entry[0])))
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps({"schema": 1, "trials": in_order}, indent=1) + "\n")
    partial.replace(file)


def summary(trial: Trial) -> str:
    """The first sentence of its docstring."""
    return (trial.__doc__ or "").strip().split("\n\n", 1)[0].replace("\n", " ").rstrip(".")


def show(document: Mapping[str, Any], readme: Path = README) -> None:
    readme.write_text(inserted(readme.read_text(), document))


def inserted(text: str, document: Mapping[str, Any]) -> str:
    """The README's text with the table between its markers; raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md needs the lines {BEGIN} and {END} where the table goes.")
    return "\n".join([before + BEGIN, *markdown(document), END]) + after


def markdown(document: Mapping[str, Any]) -> Iterator[str]:
    yield from HEAD
    for name, entry in document["trials"].items():
        wrong = f"{entry['wrongs']:,}" if entry["wrongs"] else "nothing"
        counted = counts(entry, LONGEST_SHOWN)
        yield f"| `{name}` | {entry['what']} | {counted}; {entry['seconds']:.0f} s | {wrong} |"


def counts(entry: Mapping[str, Any], longest: int | None = None) -> str:
    """Without texts that are longer, which stand in `report.json`."""
    done = [f"{count:,} {what}" for what, count in entry["done"].items()]
    values = {what: shown(value) for what, value in entry["measured"].items()}
    measured = [f"{what}: {text}" for what, text in values.items() if len(text) <= (longest or len(text))]
    return "; ".join(done + measured)


def shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
