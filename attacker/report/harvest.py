"""Synthesised records as files: the table, where each of them comes from, and what they cost."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from attacker.client.npy import compact
from attacker.errors import ConfigurationError
from attacker.report.result import versions
from attacker.store import Store
from attacker.synthesizing import harvested


def check(out: Path) -> None:
    """Raises ConfigurationError for a file that could not be written, before anything is paid."""
    if out.suffix not in (".npy", ".csv"):
        raise ConfigurationError(f"{out}: records are written to .npy and .csv files only.")
    if not out.resolve().parent.is_dir():
        raise ConfigurationError(f"{out}: there is no folder {out.parent}; make it, or choose another --out.")


def check_classes(out: Path, classes: Sequence[str]) -> None:
    """Raises ConfigurationError where an array of numbers cannot hold the labels."""
    if out.suffix == ".npy" and not all(name.lstrip("-").isdecimal() for name in classes):
        raise ConfigurationError(
            f"The classes are words ({classes[0]!r}, ...); choose a .csv file for --out."
        )


def write(out: Path, store: Store, classes: Sequence[str], stopped: str | None) -> dict[str, Any]:
    """The records found so far, beside them their provenance and what they cost; the latter."""
    harvest = harvested(store)
    names = [classes[label] for label in harvest.records.labels]
    if out.suffix == ".npy":
        labels = np.array([int(name) for name in names], np.int64)
        table = np.column_stack([labels, harvest.records.features.reshape(len(labels), -1)])
        with out.open("wb") as file:
            np.save(file, compact(table), allow_pickle=False)
    else:
        rows = harvest.records.features.tolist()
        write_csv(out, ([name, *row] for name, row in zip(names, rows, strict=True)))
    provenance = zip(names, harvest.confidence.tolist(), harvest.queries.tolist(), strict=True)
    write_csv(out.with_suffix(".provenance.csv"), [("class", "confidence", "queries"), *provenance])
    document = {
        "synthesis": store.fact("synthesis"),
        "configuration": store.fact("configuration"),
        "ledger": {phase: asdict(cost) for phase, cost in store.costs().items()},
        "currency": (store.fact("price") or {}).get("currency", ""),
        "seconds": round(store.seconds(), 3),
        "versions": versions(),
    } | ({"partial": stopped} if stopped else {})
    out.with_suffix(".json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document


def write_csv(file: Path, rows: Any) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)
