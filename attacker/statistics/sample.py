"""What is judged, checked once: scores, decisions and the truth of N candidates on each of T targets."""

import numpy as np
from numpy.typing import ArrayLike

from attacker.statistics.confusion import Bools, Floats


def truth(membership: ArrayLike) -> Bools:
    """(T, N), or (N,) for one target, as (T, N); ValueError for another shape, or candidates of one kind."""
    member = np.atleast_2d(np.asarray(membership, np.bool_))
    _require(member.ndim == 2, "Membership", member.shape, member)
    if member.all() or not member.any():
        raise ValueError("An evaluation needs both members and non-members among the candidates.")
    return member


def judged(decisions: ArrayLike, membership: Bools) -> Bools:
    """(T, N) or (N,) as (T, N) bool; ValueError for another shape than the membership's."""
    decided = np.atleast_2d(np.asarray(decisions, np.bool_))
    _require(decided.shape == membership.shape, "Decisions", decided.shape, membership)
    return decided


def scored(scores: ArrayLike, membership: Bools) -> Floats:
    """(T, N) or (N,) as (T, N) float64; ValueError for another shape, or scores that are not numbers."""
    score = np.atleast_2d(np.asarray(scores, np.float64))
    _require(score.shape == membership.shape, "Scores", score.shape, membership)
    if np.isnan(score).any():
        raise ValueError("A score is not a number; every candidate needs one.")
    return score


def both_kinds(membership: Bools) -> Bools:
    """(T,): which targets have members and non-members among the candidates, as coins need not give."""
    return np.asarray(membership.any(axis=1) & ~membership.all(axis=1))


def _require(fits: bool, what: str, shape: tuple[int, ...], membership: Bools) -> None:
    if not fits:
        raise ValueError(f"{what} and membership must both be (T, N), not {shape} and {membership.shape}.")
