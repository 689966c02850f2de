"""The numbers of a report as tables, a number a cell, for a spreadsheet."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

RATES = ("balanced_accuracy", "accuracy", "precision", "recall", "f1", "fpr")
BY_KEY = ("tpr_at_fpr", "precision_at_prior")
PARTS = ("value", "low", "high", "count", "of", "needs")

Rows = list[Sequence[Any]]
Cells = dict[str, Any]


def tables(document: Mapping[str, Any]) -> dict[str, Rows]:
    """By name; a table that would have no line is left out."""
    report = document["report"]
    found = {
        "attacks": map(of_attack, document["attacks"]),
        "classes": (of_class(one, of) for one in document["attacks"] for of in one.get("per_class", [])),
        "roc": (
            {"attack": one["name"], "fpr": fpr, "tpr": tpr}
            for one in document["attacks"]
            for fpr, tpr in one.get("roc", [])
        ),
        "bands": ({"attack": name, **point} for name, of in report.get("bands", {}).items() for point in of),
        "queries": map(of_point, report.get("against_queries", [])),
        "paper": map(of_paper, report.get("paper", [])),
        "ledger": ({"phase": phase, **cost} for phase, cost in document["ledger"].items()),
    }
    written = {name: rows(list(lines)) for name, lines in found.items()}
    return {name: lines for name, lines in written.items() if lines}


def rows(lines: list[Cells]) -> Rows:
    """A header with every line's columns, and the lines."""
    header = list(dict.fromkeys(column for line in lines for column in line))
    return [header, *([line.get(column, "") for column in header] for line in lines)] if lines else []


def of_attack(one: Mapping[str, Any]) -> Cells:
    cells = {name: one[name] for name in ("name", "access", "targets") if name in one}
    cells["parameters"] = json.dumps(one["parameters"])
    for name in ("auc", *RATES):
        cells |= spread(name, one.get(name))
    for name in BY_KEY:
        for key, found in one.get(name, {}).items():
            cells |= spread(f"{name}_{key}", found)
    return cells


def of_class(attack: Mapping[str, Any], one: Mapping[str, Any]) -> Cells:
    cells = {"attack": attack["name"], **{name: one[name] for name in ("class", "members", "non_members")}}
    for name in ("precision", "recall", "fpr"):
        cells |= spread(name, one[name])
    return cells


def of_point(one: Mapping[str, Any]) -> Cells:
    cells = {name: one[name] for name in ("attack", "shadows", "records")} | spread("auc", one["auc"])
    for fpr, found in one["tpr_at_fpr"].items():
        cells |= spread(f"tpr_at_fpr_{fpr}", found)
    return cells


def of_paper(one: Mapping[str, Any]) -> Cells:
    return {name: value for name, value in one.items() if name != "ours"} | spread("ours", one["ours"])


def spread(name: str, found: Mapping[str, Any] | None) -> Cells:
    """`name`, `name_low`, ...; what is null is an empty cell."""
    parts = {} if found is None else {part: found[part] for part in PARTS if part in found}
    return {name if part == "value" else f"{name}_{part}": value for part, value in parts.items()}
