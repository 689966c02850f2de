"""Random forest (Breiman 2001): trees on bootstrap samples, each split on a random part of the features."""

from typing import ClassVar

import numpy as np
from pydantic import PositiveInt

from services.mlaas.fitted_models.forest import Forest
from services.mlaas.model_type import Device, ModelType, TrainingData


class RandomForest(ModelType):
    lacks: ClassVar[str] = "its trees are not trained by gradient descent"

    def __init__(
        self,
        *,
        trees: PositiveInt = 100,
        most_leaves: PositiveInt | None = None,
        least_records: PositiveInt = 1,
    ) -> None:
        self.trees = trees
        self.most_leaves = most_leaves
        self.least_records = least_records

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Forest:
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            n_estimators=self.trees,
            max_leaf_nodes=self.most_leaves,
            min_samples_leaf=self.least_records,
            n_jobs=1,
            random_state=int(rng.integers(2**32)),
        ).fit(data.features, data.labels)
        trees = [tree.tree_ for tree in forest.estimators_]
        shares = [np.zeros((tree.node_count, data.classes)) for tree in trees]
        for share, tree in zip(shares, trees, strict=True):
            share[:, forest.classes_] = tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True)
        return Forest.of(trees, shares, np.zeros(data.classes), boosted=False)
