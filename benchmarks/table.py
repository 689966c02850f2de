"""The README's table of speed, from `results.json`: python -m benchmarks.table [--check]."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.speed import results

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- speed: begin -->", "<!-- speed: end -->"
HEAD = (
    "| figure | ours | against | theirs | ratio (least to most) | to reach |",
    "|---|---|---|---|---|---|",
)
UNITS_OF_RATIO = {"less": " times", "more": " times", "difference": ""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail where the README differs")
    document = results.read(results.FILE)
    if not parser.parse_args().check:
        write(document, README)
    elif inserted(README.read_text(), document) != README.read_text():
        sys.exit("README.md does not show benchmarks/results.json: python -m benchmarks.table")


def write(document: Mapping[str, Any], readme: Path) -> None:
    readme.write_text(inserted(readme.read_text(), document))


def inserted(text: str, document: Mapping[str, Any]) -> str:
    """The README's text with the table between its markers; raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md needs the lines {BEGIN} and {END} where the table goes.")
    return "\n".join([before + BEGIN, *markdown(document), END]) + after


def markdown(document: Mapping[str, Any]) -> Iterator[str]:
    if not document["figures"]:
        return
    yield from HEAD
    for entry in document["figures"].values():
        yield from map(line, entry["figures"])
    yield ""
    yield from surroundings(list(document["figures"].values()))


def surroundings(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each machine: what was measured there, and how quiet it was."""
    machines = {json.dumps(entry["environment"], sort_keys=True): entry["environment"] for entry in entries}
    for key, machine in machines.items():
        here = [entry for entry in entries if json.dumps(entry["environment"], sort_keys=True) == key]
        rounds = min(figure["rounds"] for entry in here for figure in entry["figures"])
        name = f"{machine['processor']}, {machine['cores']} cores"
        name += f", {machine['gpu']}" if machine["gpu"] else ""
        yield (
            f"Medians of {rounds} or more alternating rounds, {here[0]['when'][:10]}; {name}; "
            f"Python {machine['python']}, torch {machine['versions']['torch']}. Others took up to "
            f"{max(entry['steal'] for entry in here):.0%} of the processors meanwhile (steal time)."
        )


def line(figure: Mapping[str, Any]) -> str:
    """One figure as a row: medians of both sides, and the ratio's median with its least and most."""
    cells = [
        figure["what"] + (f"; {figure['note']}" if figure["note"] else ""),
        f"{median_of(figure['ours'])} {figure['unit']}".strip(),
        figure["against"],
        f"{median_of(figure['theirs'])} {figure['unit']}".strip(),
        f"{shown(figure['ratio'])}{UNITS_OF_RATIO[figure['better']]}"
        f" ({shown(figure['least'])} to {shown(figure['most'])})",
        to_reach(figure),
    ]
    return f"| {' | '.join(cells)} |"


def to_reach(figure: Mapping[str, Any]) -> str:
    if figure["bar"] is None:
        return "told"
    return f"{figure['bar']:g}, {'met' if figure['met'] else 'not met'}"


def median_of(values: Sequence[float]) -> str:
    return shown(median(values))


def shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
