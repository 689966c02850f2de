"""What a model would leak under other profiles on offer, and what these would cost in accuracy.

One that trains alike is the same model served otherwise, and is attacked as that is. One that trains another
way is judged by four models of its own on halves of the records, each standing in as the target and compared
with the two that learned other halves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.inference import Operation, infer
from attacker.pseudo_targets import best_threshold
from attacker.statistics.draws import draws
from attacker.statistics.evaluation import evaluate
from services.mlaas.assessing.measuring import (
    OCCASION,
    Evidence,
    Figures,
    accuracies,
    advantage,
    measure,
    transcript,
)
from services.mlaas.assessing.pool import Bools, partitions
from services.mlaas.assessing.served import Recipe, Seen, Trained, seen
from services.mlaas.profile import OptionRefused, Profile
from services.mlaas.training import NoCandidate

STAND_INS = 4  # in two pairs of halves: each has one reference with a record, and one without
FEW_ATTACK = "bavaria"  # the best with so few references
MOST_LEARNED = 150_000  # records, over all stand-ins: some minutes of training

NO_ROOM = "the time was used up by others"
LABELS_ALONE = "it gives labels alone, which so few models cannot judge"
DOES_NOT_FIT = "it cannot be trained on these records with these options"


@dataclass(frozen=True)
class Alternative:
    """Another profile's figures, and those of the model's own profile measured in the same way."""

    profile: str
    trained_anew: bool
    figures: Figures
    own: Figures


@dataclass(frozen=True)
class Unassessed:
    profile: str
    reason: str


def family(profile: Profile, profiles: Mapping[str, Profile]) -> list[Profile]:
    """The others that extend the same profile in the end, by name, as far as their answers may differ."""
    ours, alike = root(profile, profiles), (profile.recipe, profile.defences)
    return [
        other
        for name, other in sorted(profiles.items())
        if root(other, profiles) == ours and (other.recipe, other.defences) != alike
    ]


def root(profile: Profile, profiles: Mapping[str, Profile]) -> str:
    while profile.extends is not None and profile.extends in profiles:
        profile = profiles[profile.extends]
    return profile.name


def served_otherwise(evidence: Evidence, own: Figures, others: Sequence[Profile]) -> Iterator[Alternative]:
    for other in others:
        yield Alternative(other.name, False, measure(evidence, other).figures, own)


def trained_otherwise(
    evidence: Evidence, others: Sequence[Profile], rng: np.random.Generator
) -> Iterator[Alternative | Unassessed]:
    """As many as there is room for, in their order."""
    if not others:
        return
    halves = partitions(len(evidence.pool), 2, STAND_INS, rng)
    room = MOST_LEARNED // int(halves.sum())
    own = stood_in(evidence, own_stand_ins(evidence, halves, rng))
    if own is None:
        yield from (Unassessed(other.name, LABELS_ALONE) for other in others)
        return
    for place, other in enumerate(others):
        if place >= room:
            yield Unassessed(other.name, NO_ROOM)
            continue
        there = replace(evidence, recipe=taking(evidence.recipe, other))
        try:
            trained = trained_on(halves, there, rng)
        except (NoCandidate, OptionRefused):
            yield Unassessed(other.name, DOES_NOT_FIT)
            continue
        found = stood_in(there, trained)
        yield (
            Unassessed(other.name, LABELS_ALONE)
            if found is None
            else Alternative(other.name, True, found, own)
        )


def taking(recipe: Recipe, other: Profile) -> Recipe:
    """The other's recipe, with those of the customer's options that it offers."""
    offered = {option.name for option in other.options}
    options = {name: value for name, value in recipe.options.items() if name in offered}
    return replace(recipe, profile=other, options=options)


def own_stand_ins(evidence: Evidence, halves: Bools, rng: np.random.Generator) -> Sequence[Trained]:
    """The first shadow models, where those learned halves; otherwise models of their own."""
    if evidence.pool.folds == 2:
        return evidence.shadows[:STAND_INS]
    return trained_on(halves, evidence, rng)


def trained_on(halves: Bools, evidence: Evidence, rng: np.random.Generator) -> list[Trained]:
    return [evidence.recipe.train(evidence.pool, learned, int(rng.integers(2**62))) for learned in halves]


def stood_in(evidence: Evidence, models: Sequence[Trained]) -> Figures | None:
    """Every model attacked in the target's place, as served under its profile; None of labels alone.

    The decisions are those that would be best on the other pair.
    """
    profile = evidence.recipe.profile
    answered = seen(models, evidence.pool, evidence.rows, evidence.recipe, profile)
    if answered.around is not None:
        return None
    labels = evidence.pool.records.labels[evidence.rows]
    truth = np.stack([model.learned[evidence.rows] for model in models])
    scores = np.stack([scores_of(evidence, models, answered, target) for target in range(len(models))])
    others = [other_pair(target) for target in range(len(models))]
    thresholds = [best_threshold(scores[pair].ravel(), truth[pair].ravel()) for pair in others]
    decisions = scores > np.array(thresholds)[:, None]
    found = evaluate(scores, decisions, truth, labels, evidence.classes, draws(OCCASION, profile.name))
    entry = found.as_json()
    right = answered.answers.argmax(axis=2) == labels
    kept: dict[str, Any] = {name: entry[name] for name in ("auc", "tpr_at_fpr")}
    return {"attack": FEW_ATTACK, "advantage": advantage(entry)} | kept | accuracies(right, truth)


def scores_of(
    evidence: Evidence, models: Sequence[Trained], answered: Seen, target: int
) -> NDArray[np.float64]:
    """(N,), with the other pair for references: of it, every record is known to one and not to the other."""
    pair = other_pair(target)
    trial = replace(evidence, target=models[target], shadows=[models[one] for one in pair])
    read = transcript(trial, Seen(answered.answers[[target, *pair]], None))
    scores: NDArray[np.float64] = infer(read, FEW_ATTACK, Operation(evidence.seed)).scores[0]
    return scores


def other_pair(target: int) -> list[int]:
    first = 2 - target // 2 * 2
    return [first, first + 1]
