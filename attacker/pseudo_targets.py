"""Shadows in the target's place: where an attack's operating point comes from."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack
from attacker.errors import CannotAttack
from attacker.threat_model import AdversaryView

FOLDS = 2


def pseudo_scores(attack: Attack, view: AdversaryView) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores (M,) of every pseudo-target's pool and who was in; raises CannotAttack without any."""
    view.require_shadows()
    cases = (attack.stand_in(view, shadow) for shadow in view.pseudo_targets)
    judged = [(attack.score(case), member) for case, member in cases]
    scores, member = (np.concatenate(column) for column in zip(*judged, strict=True))
    if member.all() or not member.any():
        raise CannotAttack("An operating point needs shadow answers to records of both kinds, in and out.")
    return scores, member


def held_out_scores(
    attack: Attack, view: AdversaryView, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The same, each pseudo-target scored by a fit that has learned nothing of it (cross-fitting).

    The attack ends fitted on the last fold. Raises CannotAttack for fewer than two pairs of shadows.
    """
    scored = []
    for learned, judged in folds(view.pseudo_targets):
        attack.fit(replace(view, pseudo_targets=learned), rng)
        scored.append(pseudo_scores(attack, replace(view, pseudo_targets=judged)))
    scores, member = zip(*scored, strict=True)
    return np.concatenate(scores), np.concatenate(member)


def folds(shadows: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """What to learn from and what to judge, pairs of shadows kept together: they tell of each other.

    Raises CannotAttack where all are one pair.
    """
    parts = [tuple(s for s in shadows if s // 2 % FOLDS == fold) for fold in range(FOLDS)]
    if not all(parts):
        raise CannotAttack(
            "A precision takes some shadow models to learn from and others to judge by: train three or more."
        )
    for judged in parts:
        yield tuple(s for s in shadows if s not in judged), judged


def best_threshold(scores: NDArray[np.float64], member: NDArray[np.bool_]) -> float:
    """The threshold at which (score > threshold) has its best balanced accuracy; both are of one shape.

    It is the highest score judged "out", or -inf when all are best judged "in": exact, and equal scores stay
    together. Of equally good thresholds it is the one with the fewest positives.
    """
    values, members, non_members = counted(scores, member)
    gain = members * (~member).sum() - non_members * member.sum()  # of judging a value "in", in whole numbers
    best = int(np.append(0, np.cumsum(gain[::-1])).argmax())  # so many of the highest values
    return below(values, best)


def threshold_of_precision(scores: NDArray[np.float64], member: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold above which at least that share of the scores are of members.

    In and out weigh the same: it is the precision for a prior of one half. Raises CannotAttack when no
    threshold reaches it.
    """
    values, members, non_members = counted(scores, member)
    hits = np.cumsum(members[::-1]) / member.sum()
    alarms = np.cumsum(non_members[::-1]) / (~member).sum()
    good = np.flatnonzero(hits >= precision * (hits + alarms))
    if not len(good):
        raise CannotAttack(
            f"No threshold is right {precision:.0%} of the time on the shadow models; ask for less."
        )
    return below(values, int(good[-1]) + 1)


def counted(
    scores: NDArray[np.float64], member: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """The different scores (U,), ascending, and how many members (U,) and non-members (U,) have each."""
    order = scores.argsort(axis=None)
    ascending = scores.ravel()[order]
    last = np.flatnonzero(np.append(ascending[1:] > ascending[:-1], True))  # of each value
    members = np.diff(np.cumsum(member.ravel()[order])[last], prepend=0)
    return ascending[last], members, np.diff(last, prepend=-1) - members


def below(values: NDArray[np.float64], positives: int) -> float:
    """The threshold above which the so many highest of the values (U,) lie."""
    return float(values[-positives - 1]) if positives < len(values) else -np.inf
