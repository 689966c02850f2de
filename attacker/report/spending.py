"""Result against queries: the same attacks with fewer shadow models, on answers that there are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker import inference
from attacker.errors import CannotAttack
from attacker.inference import Operation
from attacker.store import Store
from attacker.transcript import Transcript

FPR = "0.01"
FACT = "with_fewer_shadows"
MOST = 3  # attacks whose result is followed
GUESSING = "random_guess"
PHASES = ("synthesis", "target_queries", "shadow_queries")

Entry = Mapping[str, Any]
Note = Callable[[str], None]


def followed(attacks: list[Entry], primary: str) -> list[Entry]:
    """The attack named in advance, the best with shadow models, and the best that asks the target alone."""
    ranked = sorted(attacks, key=lambda one: (one["name"] != primary, -one["auc"]["value"]))
    with_shadows = [one for one in ranked if "shadows" in one["parameters"]][: MOST - 1]
    alone = [one for one in ranked if one not in with_shadows and one["name"].partition(":")[0] != GUESSING]
    return (with_shadows + [one for one in alone if "shadows" not in one["parameters"]])[:MOST]


def points(result: Mapping[str, Any], kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """[{"attack", "shadows", "records", "auc", "tpr_at_fpr"}], of the run and of what is `kept` of fewer.

    `records` is what the run asked of all models for so many shadows; uploads and training ask nothing.
    """
    found = []
    for entry in followed(result["attacks"], result["primary"]):
        shadows = int(entry["parameters"].get("shadows", 0))
        of = {int(number): figures for number, figures in kept.get(entry["name"], {}).items()}
        of = {number: figures for number, figures in of.items() if figures and number < shadows}
        for number, figures in [*sorted(of.items()), (shadows, measured(entry))]:
            records = asked(result, number)
            found.append({"attack": entry["name"], "shadows": number, "records": records, **figures})
    return found


def asked(result: Mapping[str, Any], shadows: int) -> int:
    """Records that so many of the run's shadows, its targets and, with shadows, its synthesis were asked."""
    ledger, ready = result["ledger"], result["shadows"]["ready"]
    cost = {phase: ledger.get(phase, {"records": 0})["records"] for phase in PHASES}
    if shadows == 0:
        return int(cost["target_queries"])
    return int(sum(cost.values()) - cost["shadow_queries"] * (ready - shadows) / max(ready, 1))


def measured(entry: Entry) -> dict[str, Any]:
    return {"auc": entry["auc"], "tpr_at_fpr": {FPR: entry["tpr_at_fpr"][FPR]}}


def refit(
    store: Store,
    transcript: Transcript,
    truth: NDArray[np.bool_],
    occasion: str,
    result: Mapping[str, Any],
    note: Note,
) -> None:
    """Fit what is followed on the first 2, 4, 8, ... shadows, once in a run's life; no query is asked."""
    operation = Operation(store.fact("configuration")["seed"])
    kept: dict[str, dict[str, Any]] = store.fact(FACT) or {}
    for entry in followed(result["attacks"], result["primary"]):
        name = entry["name"]
        for shadows in fewer(int(entry["parameters"].get("shadows", 0))):
            if str(shadows) in kept.get(name, {}):
                continue
            note(f"fitting {name} on {shadows} shadow models")
            try:
                judged = inference.infer(transcript.with_first(shadows), name, operation)
                found = measured(inference.evaluation(judged, transcript, truth, occasion))
            except CannotAttack:  # so few do not suffice for it
                found = {}
            kept.setdefault(name, {})[str(shadows)] = found
            store.keep(FACT, kept)


def fewer(shadows: int) -> Iterator[int]:
    """Powers of two below."""
    number = 2
    while number < shadows:
        yield number
        number *= 2
