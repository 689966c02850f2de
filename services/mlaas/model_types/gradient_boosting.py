"""Gradient boosting (Friedman 2001): each round adds a small tree for every class."""

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from services.mlaas.descent import CHECKED, EarlyStopping
from services.mlaas.fitted_models.forest import Forest
from services.mlaas.model_type import Device, ModelType, TrainingData


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class GradientBoosting(ModelType):
    """At most `rounds` rounds, and fewer where there would be more than `most_trees` trees.

    `early_stopping` is scikit-learn's, whose epochs are the rounds, and which keeps those in vain. Without a
    record of every class to keep aside and to train on, nothing stops the training early.
    """

    lacks: ClassVar[str] = "its trees are not trained by gradient descent"

    rounds: PositiveInt = 50
    most_trees: PositiveInt = 1000
    learning_rate: PositiveFloat = 0.1
    depth: PositiveInt = 3
    early_stopping: EarlyStopping | None = None

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Forest:
        from sklearn.ensemble import GradientBoostingClassifier

        stopping = self.early_stopping
        watched = stopping is not None and can_be_parted(data.labels, stopping.holdout)
        boosting = GradientBoostingClassifier(
            n_estimators=max(1, min(self.rounds, self.most_trees // data.classes)),
            learning_rate=self.learning_rate,
            max_depth=self.depth,
            max_features="sqrt",
            init="zero",
            random_state=int(rng.integers(2**32)),
            validation_fraction=stopping.holdout if stopping else 0.1,
            n_iter_no_change=stopping.patience if stopping and watched else None,
        ).fit(data.features, data.labels)
        # Of two classes scikit-learn grows trees for the second alone.
        grown = boosting.classes_[-boosting.estimators_.shape[1] :]
        trees = [tree.tree_ for of_round in boosting.estimators_ for tree in of_round]
        steps = [np.zeros((tree.node_count, data.classes)) for tree in trees]
        for step, tree, of_class in zip(steps, trees, np.tile(grown, len(boosting.estimators_)), strict=True):
            step[:, of_class] = self.learning_rate * tree.value[:, 0, 0]
        never = np.full(data.classes, -np.inf)
        never[boosting.classes_] = 0.0
        return Forest.of(trees, steps, never, boosted=True)


def can_be_parted(labels: NDArray[np.int64], share: float) -> bool:
    """Whether scikit-learn can keep a `share` of the records aside with each class on both sides."""
    counts = np.unique(labels, return_counts=True)[1]
    aside = math.ceil(share * len(labels))
    return bool(counts.min() > 1 and min(aside, len(labels) - aside) >= len(counts))
