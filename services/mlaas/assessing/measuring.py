"""The attack, named in advance, played against a model; and how it came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.inference import Operation, evaluation, infer
from attacker.probes.feature_noise import FeatureNoise
from attacker.records import Records
from attacker.statistics.rates import rate
from attacker.store import Judged
from attacker.transcript import Transcript
from services.mlaas.assessing.pool import Bools, Pool, Rows
from services.mlaas.assessing.served import COPIES, Recipe, Seen, Trained, seen
from services.mlaas.profile import Profile

ATTACK = "calibrated"  # against answers with scores
ON_LABELS = f"label_only:queries={COPIES + 1}"  # against labels alone
OCCASION = "leakage report"  # what the intervals' draws hang on

Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Evidence:
    """The target, S shadow models of the same recipe, and the pool's rows (N,) that all are asked about."""

    recipe: Recipe
    pool: Pool
    rows: Rows
    classes: tuple[str, ...]
    target: Trained
    shadows: Sequence[Trained]
    seed: int

    @property
    def member(self) -> Bools:
        return self.target.learned[self.rows]


@dataclass(frozen=True, eq=False)
class Measured:
    """How the target answers and what the attack makes of it: its `scores` (N,), and figures as JSON.

    figures: "attack", "auc", "advantage", "tpr_at_fpr", "per_class", "roc", "epsilon" as evaluations have
    them, and "training_accuracy", "held_out_accuracy".
    """

    scores: NDArray[np.float64]
    figures: Figures


def measure(evidence: Evidence, profile: Profile) -> Measured:
    """The target as it is served under a profile, attacked with shadow models served likewise."""
    found, read = judged(evidence, profile)
    entry = evaluation(found, read, evidence.member[None], OCCASION)
    right = read.targets[0].argmax(axis=1) == read.candidates.labels
    return Measured(found.scores[0], figures(entry) | accuracies(right, evidence.member))


def judged(evidence: Evidence, profile: Profile) -> tuple[Judged, Transcript]:
    """The attack's judgement of the target, and what it was made from."""
    models = [evidence.target, *evidence.shadows]
    everything = seen(models, evidence.pool, evidence.rows, evidence.recipe, profile)
    read = transcript(evidence, everything)
    name = ATTACK if everything.around is None else ON_LABELS
    return infer(read, name, Operation(evidence.seed)), read


def transcript(evidence: Evidence, everything: Seen) -> Transcript:
    """What the target (the first model seen) and the shadows answered, for the attacker to read."""
    records = evidence.pool.records.part(evidence.rows)
    candidates = Records(records.labels, records.features)
    around = {} if everything.around is None else {FeatureNoise.name: everything.around}
    return Transcript(
        classes=evidence.classes,
        access="adaptive",
        candidates=candidates,
        known=candidates.take(np.arange(0)),
        targets=everything.answers[:1],
        targets_known=everything.answers[:1, :0],
        shadows=everything.answers[1:],
        member=np.stack([shadow.learned[evidence.rows] for shadow in evidence.shadows]),
        pool=np.arange(len(candidates)),
        known_member=np.zeros(0, np.bool_),
        targets_observed={name: of[:1] for name, of in around.items()},
        shadows_observed={name: of[1:] for name, of in around.items()},
    )


def figures(entry: Mapping[str, Any]) -> Figures:
    """Of an attack's evaluation: nothing of what the attack learned, which would tell of the model."""
    kept = ("auc", "tpr_at_fpr", "per_class", "roc", "epsilon")
    chosen = {name: entry[name] for name in kept}
    return {"attack": entry["name"].partition(":")[0], "advantage": advantage(entry)} | chosen


def advantage(entry: Mapping[str, Any]) -> Figures:
    """TPR - FPR where the attack decides, which is twice the balanced accuracy above one half."""
    return {part: 2 * entry["balanced_accuracy"][part] - 1 for part in ("value", "low", "high")}


def accuracies(right: Bools, member: Bools) -> Figures:
    """Of answers (N,), right or not: on what the model learned, and on what it never saw."""
    kinds = {"training_accuracy": member, "held_out_accuracy": ~member}
    return {name: rate(right[kind].sum(), kind.sum()).as_json() for name, kind in kinds.items()}
