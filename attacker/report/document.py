"""A finished run as one document: its result, and what a page shows beside it. Pages are made of it alone."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from numpy.typing import NDArray

from attacker import paper
from attacker.configuration import PRIMARY
from attacker.report import answers, bands, spending
from attacker.report.figures import MARKS
from attacker.report.metrics import PERCENTILES, measured
from attacker.statistics.draws import draws
from attacker.store import Judged, Store
from attacker.transcript import Transcript

MOST_CURVES = 5
WHOLE = {"auc", "precision", "recall", "fpr", "tpr_at_fpr", "per_class", "roc"}  # what pages take of an entry
DERIVED = {*PERCENTILES, "tpr_at_1_fpr"}  # metrics that an entry has under other names

Entry = Mapping[str, Any]


def document(
    store: Store, transcript: Transcript, result: Mapping[str, Any], occasion: str
) -> dict[str, Any]:
    """result.json and, under "report", with the truth:

    "bands" {attack: [{"fpr", "tpr", "low", "high"}]}, "classes" [{"class", "train_accuracy", "test_accuracy",
    "accuracy_gap", "share_of_members"}], "against_queries" [{"attack", "shadows", "records", "auc",
    "tpr_at_fpr"}] and "paper" [{"experiment", "label", "metric", "value", "members", "source", "ours"}];
    always "confidence" and "scores", {"edges", "counts": {kind: [n]}}, the latter of the primary attack.
    """
    judged, truth = {one.attack: one for one in store.judged()}, store.truth()
    among = answers.kinds(transcript, truth)
    report: dict[str, Any] = {"confidence": answers.confidence(transcript, among)}
    if (primary := judged.get(result["primary"])) is not None:
        report["scores"] = answers.scored(primary.scores, among)
    if truth is not None and all(entry.keys() >= WHOLE for entry in result["attacks"]):
        report |= {
            "bands": bands_of(judged, result, truth, occasion),
            "classes": answers.by_class(transcript, truth),
            "against_queries": spending.points(result, store.fact(spending.FACT) or {}),
            "paper": beside(result),
        }
    return {**result, "report": report}


def bands_of(
    judged: Mapping[str, Judged], result: Mapping[str, Any], truth: NDArray[Any], occasion: str
) -> dict[str, Any]:
    """Of each attack that is drawn as a curve."""
    names = [entry["name"] for entry in drawn(result) if len(entry["roc"]) > MARKS]
    return {
        name: bands.band(judged[name].scores, truth, draws(occasion, name, "band"))
        for name in names
        if name in judged
    }


def evaluated(document: Mapping[str, Any]) -> bool:
    """Whether there are figures to show: the truth was known, and the evaluations told all."""
    return "bands" in document["report"]


def primary_of(result: Mapping[str, Any]) -> Entry:
    """The attack named in advance; where it could not be fitted, the first that could."""
    return min(result["attacks"], key=lambda one: bool(one["name"] != result["primary"]))


def drawn(result: Mapping[str, Any]) -> list[Entry]:
    """The attack named in advance, then the others by their AUC: so many as a figure can hold."""
    primary = result["primary"]
    return sorted(result["attacks"], key=lambda one: (one["name"] != primary, -one["auc"]["value"]))[
        :MOST_CURVES
    ]


def published(result: Mapping[str, Any]) -> list[paper.PaperNumber]:
    """None of a model that is no game's."""
    if result["game"] is None:
        return []
    controls, synthesis = result.get("controls") or {}, result.get("synthesis") or {}
    null = controls.get("null_control") is not None
    return paper.beside(result["game"], null=null, synthesis=synthesis.get("name"))


def beside(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The paper's numbers for a game like this one and ours, those of the attack by the paper's own."""
    ours = [one for one in result["attacks"] if one["name"].partition(":")[0] == PRIMARY]
    ours.sort(key=lambda one: bool(one["name"] != result["primary"]))
    known = set(result["target"]) | (set(ours[0]) if ours else set())
    found = []
    for number in published(result):
        if number.metric in known or (ours and number.metric in DERIVED):
            rate = measured(number.metric, result, ours[0] if ours else {})
            found.append(asdict(number) | {"ours": {end: rate.get(end) for end in ("value", "low", "high")}})
    return found
