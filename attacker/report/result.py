"""result.json: what a run found and what it cost (the format is the wire's, `"schema": 1`)."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from attacker.adapting import Adaptation
from attacker.reading import READING
from attacker.report import members
from attacker.report.files import whole, write_csv
from attacker.store import Judged, Store

FILE = "result.json"
SCORES_FILE = "scores.csv"
REPORT_FILE = "report.html"
CLASSIFIERS_FILE = "classifiers.json"
OLD = ".old"
GENERALISATION_FILE = "generalisation.json"  # the owner's side of the game
SCHEMA = 1
PACKAGES = ("penumbra", "numpy", "scikit-learn", "torch", "httpx")


def result(store: Store, target: Mapping[str, Any], attacks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The run's result; `attacks` are evaluations, or what there is without the truth."""
    configuration = store.fact("configuration")
    shadows = store.shadows()
    return {
        "schema": SCHEMA,
        "game": store.fact("game"),
        "seed": configuration["seed"],
        "seconds": round(store.seconds(), 3),
        "versions": versions(),
        "configuration": configuration,
        "target": target,
        "attacks": members.noted(attacks, members.kept(store), store.truth()),
        "primary": configuration["primary"],
        "controls": store.fact("controls"),
        "synthesis": store.fact("synthesis"),
        "adaptation": Adaptation.kept(store).told(),
        "deployed": deployed(store),
        "shadows": {
            "ready": sum(shadow.state == "ready" for shadow in shadows),
            "failed": [
                {"model": shadow.model, "error": shadow.error or shadow.state}
                for shadow in shadows
                if shadow.state != "ready"
            ],
        },
        "ledger": {phase: asdict(cost) for phase, cost in store.costs().items()},
        "currency": (store.fact("price") or {}).get("currency", ""),
    }


def deployed(store: Store) -> dict[str, Any] | None:
    """Where the target is, if not at the provider, what it answers, and how its shadows were trained."""
    challenge = store.fact("challenge") or {}
    if not challenge.get("deployed"):
        return None
    return {
        **{name: challenge["deployed"][name] for name in ("url", "model", "dialect")},
        "answers": store.fact(READING),
        "shadows_at": challenge["provider_url"],
        "profile": challenge["profile"],
    }


def partial(store: Store, reason: str) -> dict[str, Any]:
    """The result of a run that had to stop before its attacks were fitted: what it has and what that cost."""
    return result(store, {}, []) | {"partial": reason}


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a bare copy of the package
            found[package] = "unknown"
    return found


def write(folder: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Put result.json in place, whole or not at all; gives the document back."""
    with whole(folder / FILE) as partial:
        partial.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    return document


def read(folder: Path) -> dict[str, Any] | None:
    """The result of a finished run, or None."""
    file = folder / FILE
    found = json.loads(file.read_text()) if file.exists() else {"partial": "not begun"}
    return None if "partial" in found else found


def write_generalisation(folder: Path, document: Mapping[str, Any] | None) -> None:
    """generalisation.json, where the challenger tells it."""
    if document is not None:
        with whole(folder / GENERALISATION_FILE) as partial:
            partial.write_text(json.dumps(document, allow_nan=False) + "\n")


def generalisation(folder: Path) -> dict[str, Any] | None:
    """The owner's side of the run's game, or None."""
    file = folder / GENERALISATION_FILE
    return json.loads(file.read_text()) if file.exists() else None


def set_aside(folder: Path) -> None:
    """The result is no longer the run's: it has asked for more."""
    stale = [folder / name for name in (FILE, members.FILE, CLASSIFIERS_FILE)]
    for file in (*stale, *folder.glob("report.*")):
        if file.exists() and file.suffix != OLD:
            file.replace(file.with_name(f"{file.name}{OLD}"))


def write_scores(folder: Path, judged: Sequence[Judged]) -> Path:
    """scores.csv: a line a candidate, target by target: for each attack its score and decision."""
    targets, candidates = judged[0].scores.shape
    named = ["target", "candidate"] if targets > 1 else ["candidate"]
    header = [*named, *(f"{one.attack}_{what}" for one in judged for what in ("score", "member"))]
    rows: list[Sequence[Any]] = [header]
    for place in np.ndindex(targets, candidates):
        cells = ((repr(float(one.scores[place])), int(one.decisions[place])) for one in judged)
        rows.append([*place[-len(named) :], *(value for pair in cells for value in pair)])
    with whole(folder / SCORES_FILE) as partial:
        write_csv(partial, rows)
    return folder / SCORES_FILE
