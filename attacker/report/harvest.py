"""Synthesised records as files: the table, where each of them comes from, and what they cost."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from attacker.client.documents import Model
from attacker.client.npy import compact
from attacker.errors import ConfigurationError
from attacker.report.files import whole, write_csv
from attacker.report.result import versions
from attacker.store import FILE, Store
from attacker.synthesizing import harvested


def check(out: Path, run: Path) -> None:
    """Raises ConfigurationError for files that cannot be written, or that are not this run's."""
    if out.suffix not in (".npy", ".csv"):
        raise ConfigurationError(f"{out}: records are written to .npy and .csv files only.")
    if not out.resolve().parent.is_dir():
        raise ConfigurationError(f"{out}: there is no folder {out.parent}; make it, or choose another --out.")
    for file in (out, provenance_file(out), cost_file(out)):
        if file.exists() and not (run / FILE).exists():
            raise ConfigurationError(f"{file} is there already; choose another --out.")


def check_classes(out: Path, classes: Sequence[str]) -> None:
    """Raises ConfigurationError where an array of numbers cannot hold the labels."""
    if out.suffix == ".npy" and not all(name.isdecimal() and str(int(name)) == name for name in classes):
        raise ConfigurationError(
            f"The classes are words ({classes[0]!r}, ...); choose a .csv file for --out."
        )


def provenance_file(out: Path) -> Path:
    return out.with_suffix(".provenance.csv")


def cost_file(out: Path) -> Path:
    return out.with_suffix(".cost.json")


def write(out: Path, store: Store, model: Model, stopped: str | None) -> dict[str, Any]:
    """The records found so far, beside them their provenance and what they cost; the latter."""
    harvest = harvested(store)
    names = [model.classes[label] for label in harvest.records.labels]
    features = harvest.records.features if names else np.empty((0, len(model.format)), np.uint8)
    with whole(out) as partial:
        if out.suffix == ".npy":
            table = np.column_stack([np.array(names, np.int64), features])
            with partial.open("wb") as file:
                np.save(file, compact(table), allow_pickle=False)
        else:
            write_csv(partial, ([name, *row] for name, row in zip(names, features.tolist(), strict=True)))
    provenance = zip(names, harvest.confidence.tolist(), harvest.queries.tolist(), strict=True)
    with whole(provenance_file(out)) as partial:
        write_csv(partial, [("class", "confidence", "queries"), *provenance])
    document = {
        "synthesis": store.fact("synthesis"),
        "configuration": store.fact("configuration"),
        "ledger": {phase: asdict(cost) for phase, cost in store.costs().items()},
        "currency": (store.fact("price") or {}).get("currency", ""),
        "seconds": round(store.seconds(), 3),
        "versions": versions(),
    } | ({"partial": stopped} if stopped else {})
    with whole(cost_file(out)) as partial:
        partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document
