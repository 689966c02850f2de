"""What a sound game passes: its records alone tell nothing, and where nothing was learned no attack does.

Both compare with what the same arithmetic gives after the candidates are shuffled against the truth, which
is exact whatever the features, the scores and their dependence are. The folds of a cross-validation are not
independent: without shuffling, the blind classifier's interval would be a quarter too narrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

from attacker.statistics.confusion import Bools, Floats
from attacker.statistics.rates import TAIL, Estimate
from attacker.statistics.sample import both_kinds, scored, truth

ALPHA = 0.001
CHUNK = 100  # shuffles in memory at once
FEWEST = 100  # candidates: with fewer, a fold may hold members alone
FOLDS = 3
TARGETS = 3  # that the blind classifier is trained for
RECORDS = 2_400  # that it is trained and tested on
RIDGE = 1.0


@dataclass(frozen=True)
class BlindBaseline:
    """A classifier of the records alone. `p`: how often chance puts its AUC as far from 0.5."""

    auc: Estimate
    p: float
    holds: bool

    def as_json(self) -> dict[str, Any]:
        """{"auc": {"value", "low", "high"}, "p", "holds"}."""
        return {"auc": self.auc.as_json(), "p": self.p, "holds": self.holds}


@dataclass(frozen=True)
class NullControl:
    """Each attack's AUC where it should be 0.5, and how often chance puts any of them as far from it."""

    auc: dict[str, Estimate]
    p: dict[str, float]
    alpha: float

    @property
    def failing(self) -> list[str]:
        return [attack for attack, p in self.p.items() if p <= self.alpha]

    @property
    def holds(self) -> bool:
        return not self.failing

    def as_json(self) -> dict[str, Any]:
        """{"holds", "alpha", "failing": [name], "attacks": {name: {"auc": estimate, "p"}}}."""
        attacks = {name: {"auc": auc.as_json(), "p": self.p[name]} for name, auc in self.auc.items()}
        return {"holds": self.holds, "alpha": self.alpha, "failing": self.failing, "attacks": attacks}


def blind_baseline(
    features: ArrayLike, labels: ArrayLike, membership: ArrayLike, rng: np.random.Generator
) -> BlindBaseline:
    """Kernel ridge regression on records (N, D) and their labels (N,), cross-validated; membership (T, N).

    A Gaussian kernel sees means and spreads, alone and together. Its AUC is the mean over the folds and up
    to three targets (an antithetic partner would only say the same again); at most 2,400 candidates are
    drawn for it. `holds` is false at alpha 0.001, two-sided. ValueError for fewer than 100.
    """
    member = _distinct(truth(membership))
    if member.shape[1] < FEWEST:
        raise ValueError(f"A blind baseline takes {FEWEST} candidates at the least.")
    chosen = rng.permutation(member.shape[1])[:RECORDS]
    kernel = _kernel(np.asarray(features)[chosen].astype(np.float64), np.asarray(labels)[chosen])
    orders = [np.arange(len(chosen)), *(rng.permutation(len(chosen)) for _ in range(ceil(1 / ALPHA)))]
    truths = np.stack([member[:, chosen[order]].T for order in orders], axis=1)  # (N, 1 + shuffles, T)
    auc = _cross_validated(kernel, truths.reshape(len(chosen), -1)).reshape(len(orders), -1).mean(axis=1)
    p = float(np.mean(np.abs(auc - 0.5) >= abs(auc[0] - 0.5)))
    return BlindBaseline(_around(float(auc[0]), float(auc[1:].std())), p, p > ALPHA)


def _distinct(membership: Bools) -> Bools:
    """The first few targets, without one that only has what another has not."""
    kept: list[Bools] = []
    for target in membership[both_kinds(membership)]:
        if len(kept) < TARGETS and not any(np.array_equal(target, ~other) for other in kept):
            kept.append(target)
    return np.stack(kept)


def _kernel(features: Floats, labels: NDArray[Any]) -> Floats:
    """(N, N), of standardised columns and the median distance."""
    columns = np.hstack([features, labels[:, None] == np.unique(labels)])
    spread = columns.std(axis=0)
    columns = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1)
    squares = (columns**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * columns @ columns.T, 0)
    return np.asarray(np.exp(-distances / max(float(np.median(distances)), 1e-12)))


def _cross_validated(kernel: Floats, truths: Bools) -> Floats:
    """(B,): the AUC of each of B truths (N, B), within each fold, over the folds."""
    rows = np.arange(len(kernel))
    auc = np.zeros(truths.shape[1])
    for fold in range(FOLDS):
        train, test = rows[rows % FOLDS != fold], rows[rows % FOLDS == fold]
        inner = kernel[np.ix_(train, train)] + RIDGE * np.eye(len(train))
        smoother = cho_solve(cho_factor(inner, lower=True), kernel[np.ix_(train, test)]).T
        auc += _auc(smoother @ (truths[train] - truths[train].mean(axis=0)), truths[test]) / FOLDS
    return auc


def _auc(scores: Floats, truths: Bools) -> Floats:
    """(B,), of scores and truths (n, B), column by column (Mann & Whitney 1947)."""
    from scipy.stats import rankdata  # slow to load: a challenger starts without it

    ranks, members = rankdata(scores, axis=0), truths.sum(axis=0)
    wins = (ranks * truths).sum(axis=0) - members * (members + 1) / 2
    return np.asarray(wins / (members * (len(truths) - members)))


def null_control(
    scores: Mapping[str, ArrayLike],
    membership: ArrayLike,
    rng: np.random.Generator,
    alpha: float = ALPHA,
) -> NullControl:
    """Of a game whose members were not trained on: every attack's scores (T, N), and membership (T, N).

    All attacks are at the one simultaneous level `alpha` by the greatest deviation among them (Westfall &
    Young 1993): attacks on the same answers agree so much that Bonferroni's level would be far too strict,
    and so blind. A deviation is that of the mean of the targets' AUC from 0.5, in its standard deviations
    under shuffling; the same shuffle for all targets keeps antithetic pairs. Decisions can be given as
    scores: their AUC is the balanced accuracy.
    """
    from scipy.stats import rankdata

    member = truth(membership)
    ranks = np.stack([rankdata(scored(of, member), axis=1) for of in scores.values()], axis=-1)
    ranks, member = ranks[both_kinds(member)], member[both_kinds(member)]
    observed = _mean_auc(ranks, member[:, None])[0]
    drawn = np.concatenate([_shuffled(ranks, member, rng) for _ in range(ceil(2 / alpha / CHUNK))])
    error = np.maximum(drawn.std(axis=0), 1e-9)  # no deviation where all scores are the same
    greatest = (np.abs(drawn - 0.5) / error).max(axis=1)
    p = [(1 + np.sum(greatest >= z)) / (1 + len(greatest)) for z in np.abs(observed - 0.5) / error]
    estimates = map(_around, observed.tolist(), error.tolist())
    return NullControl(
        dict(zip(scores, estimates, strict=True)), dict(zip(scores, map(float, p), strict=True)), alpha
    )


def _shuffled(ranks: Floats, membership: Bools, rng: np.random.Generator) -> Floats:
    """(CHUNK, A)."""
    orders = rng.permuted(np.tile(np.arange(membership.shape[1]), (CHUNK, 1)), axis=1)
    return _mean_auc(ranks, membership[:, orders])


def _mean_auc(ranks: Floats, truths: Bools) -> Floats:
    """(B, A): the mean over targets, of A attacks' ranks (T, N, A) within a target and B truths (T, B, N)."""
    members = truths.sum(axis=2)[..., None]
    wins = truths.astype(np.float64) @ ranks - members * (members + 1) / 2
    return np.asarray((wins / (members * (truths.shape[2] - members))).mean(axis=0))


def _around(value: float, error: float) -> Estimate:
    half_width = float(ndtri(1 - TAIL)) * error
    return Estimate(value, max(value - half_width, 0.0), min(value + half_width, 1.0))
