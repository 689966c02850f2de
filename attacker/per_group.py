"""A model for each group: the draws, scaling and seeds that the classifiers made by libraries share."""

import sys
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from attacker.classifier import Classifier, Features, Groups, Member

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Kinds = NDArray[np.int64]
Model = Callable[[Floats], Floats]

FLAT = 1e-6  # a column that varies less tells nothing that float32 could show
PARTS = 4  # of a group's records; one is held back where a margin is calibrated


class PerGroup(Classifier):
    """A group's model learns as many in as out records of the group, their columns at mean 0, deviation 1.

    Of the larger kind as many are drawn as the smaller has. Weights would not do: on noise, trees with five
    times as many in as out records say "in" seven to nine times of ten however the records are weighted, for
    most places lie nearest to an in record.
    """

    most: int = sys.maxsize  # records that a group's model learns

    def fit(
        self, features: Features, groups: Groups, member: Member, groups_count: int, rng: np.random.Generator
    ) -> Self:
        if not np.bincount(2 * groups + member, minlength=2 * groups_count).all():
            raise ValueError("Every group needs records of both kinds.")
        self.scales_, self.models_ = [], []
        with threadpool_limits(1):  # more threads would sum in another order
            for group, child in enumerate(rng.spawn(groups_count)):
                rows = evenly(groups == group, member, self.most, child)
                scale = Scale.of(features[rows])
                records, kinds = scale.apply(features[rows]), member[rows].astype(np.int64)
                self.scales_.append(scale)
                self.models_.append(self.learn(records, kinds, int(child.integers(2**31))))
        return self

    def probability(self, features: Features, groups: Groups) -> Floats:
        answers = np.empty(len(groups))
        with threadpool_limits(1):  # for so few records more threads would only wait for each other
            for group in np.unique(groups):
                rows = groups == group
                answers[rows] = self.models_[group](self.scales_[group].apply(features[rows]))
        return answers

    @abstractmethod
    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        """P(in) as a function of records (N, F), from one group's `records` (M, F).

        `kinds` (M,) is 1 for in and 0 for out, half and half. What the function answers for a record must not
        depend, to the last bit, on the records beside it.
        """


@dataclass(frozen=True, eq=False)
class Scale:
    """A group's column means and deviations, both (F,)."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, records: Features) -> Self:
        mean, deviation = records.mean(axis=0, dtype=np.float64), records.std(axis=0, dtype=np.float64)
        return cls(mean, np.where(deviation < FLAT, 1.0, deviation))

    def apply(self, records: Features) -> Floats:
        return np.asarray((records - self.mean) / self.deviation)


def evenly(within: NDArray[np.bool_], member: Member, most: int, rng: np.random.Generator) -> Rows:
    """As many rows of either kind `within` as the rarer has, at most `most` in all; in ascending order."""
    kinds = [np.flatnonzero(within & (member == kind)) for kind in (False, True)]
    each = min(len(kinds[0]), len(kinds[1]), most // 2)
    return np.sort(np.concatenate([rng.permutation(rows)[:each] for rows in kinds]))


def linear(records: Floats, weights: Floats, bias: float) -> Floats:
    """bias + records @ weights, (N,), by columns: a matrix product adds in an order that depends on N."""
    sums = np.full(len(records), bias, np.float64)
    for column, weight in zip(records.T, weights, strict=True):
        sums += column * weight
    return sums


def calibrated(estimator: Any, records: Floats, kinds: Kinds, seed: int) -> Model:
    """Three quarters of either kind teach the estimator; the rest, what probability its margin means.

    That is a logistic function of the margin (Platt 1999). Fewer than four records of a kind all serve for
    both.
    """
    from sklearn.calibration import CalibratedClassifierCV  # slow to load, and few classifiers need it

    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(np.flatnonzero(kinds == kind)) for kind in (0, 1)]
    held = len(shuffled[0]) // PARTS
    taught = np.concatenate([rows[held:] for rows in shuffled])
    held_back = np.concatenate([rows[:held] for rows in shuffled]) if held else taught
    model = CalibratedClassifierCV(estimator, cv=[(taught, held_back)]).fit(records, kinds)
    return lambda asked: np.asarray(model.predict_proba(asked)[:, 1])
