"""Of the end of a game: who was a member, and what the attacks came to."""

from collections.abc import Callable
from typing import Any

import numpy as np

from torture.wire.lie import Document, Lie, Table, drawn, said, told

HTML = "<script>alert(1)</script>"
RATE = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5, "of": 10}


def evaluations(name: str, change: Callable[[Document], Any], **more: Any) -> Lie:
    return told(f"evaluations {name}", "GET", "/s-1", change, closed=True, **more)


def entry(name: str, **changed: Any) -> Lie:
    def change(document: Document) -> None:
        document["attacks"][0] |= changed

    return evaluations(f"with {name}", change)


def without(name: str) -> Lie:
    def change(document: Document) -> None:
        del document["attacks"][0][name]

    return evaluations(f"without {name}", change)


def whose(name: str, *values: Any) -> list[Lie]:
    return [whole(name, value) for value in values]


def whole(name: str, value: Any) -> Lie:
    return evaluations(f"whose {name} is {value!r}"[:60], lambda document: document | {name: value})


def truth(name: str, change: Callable[[Table], Table]) -> Lie:
    return drawn(f"a membership of {name}", "GET", "/membership", change, closed=True)


LIES = (
    truth("members alone", np.ones_like),
    truth("nobody", np.zeros_like),
    truth("twos", lambda table: table.astype("u1") * 2),
    truth("NaN", lambda table: table * np.nan),
    truth("another target", lambda table: np.vstack([table, table])),
    truth("fewer candidates", lambda table: table[:, :-1]),
    truth("words", lambda table: table.astype("U5")),
    said("a membership in JSON", "GET", "/membership", b"[true]", closed=True),
    *whose("attacks", None, 7, [], [7], [{}], {"gap": RATE}),
    *whose("target", None, 7, {}, {"train_accuracy": 1}, {"train_accuracy": RATE, "test_accuracy": "x"}),
    *whose("controls", 7, [7], {"null_control": 7}, {"blind_baseline": {"auc": "x"}}),
    *(without(name) for name in ("name", "auc", "precision", "recall", "fpr", "tpr_at_fpr", "access")),
    evaluations("of an attack nobody made", lambda document: document["attacks"][0].update(name=HTML)),
    evaluations("of one attack twice", lambda document: document["attacks"].append(document["attacks"][0])),
    entry("a number for an AUC", auc=0.5),
    entry("an AUC of 1e400", auc={"value": 10**400, "low": 0, "high": 1}),
    entry("an AUC of 7", auc={"value": 7.0, "low": 0, "high": 1}),
    entry("an AUC without ends", auc={"value": 0.5}),
    entry("a word for a rate", precision=RATE | {"value": "x"}),
    entry("counts that are words", recall=RATE | {"of": HTML}),
    entry("a list of low FPRs", tpr_at_fpr=[RATE]),
    entry("low FPRs of numbers", tpr_at_fpr={"0.01": 1}),
    entry("a curve of words", roc=[["x", "y"]], per_class=[]),
    entry("classes of numbers", per_class=[7], roc=[]),
    entry("a gap of words", gap={"above": "x"}),
    entry("an epsilon of words", epsilon={"kind": 7, "value": "x", "cap": []}),
    entry("parameters that are a list", parameters=[7]),
    entry("an access of markup", access="[/dim]"),
    said("evaluations that are a list", "GET", "/s-1", b"[]", closed=True),
    said("evaluations nested 900 deep", "GET", "/s-1", b'{"a":' * 900 + b"1" + b"}" * 900, closed=True),
    said(
        "a generalisation of nonsense", "GET", "/generalisation", b'{"targets": 7, "bins": "x"}', closed=True
    ),
    said("a generalisation in words", "GET", "/generalisation", b"<script>", closed=True),
)
