"""Gradient boosting (Friedman 2001): each round adds a small tree for every class."""

import numpy as np
from pydantic import PositiveFloat, PositiveInt

from services.mlaas.fitted_models.forest import Forest
from services.mlaas.model_type import Device, ModelType, TrainingData


class GradientBoosting(ModelType):
    """At most `rounds` rounds, and fewer where there would be more than `most_trees` trees."""

    def __init__(
        self,
        *,
        rounds: PositiveInt = 50,
        most_trees: PositiveInt = 1000,
        learning_rate: PositiveFloat = 0.1,
        depth: PositiveInt = 3,
    ) -> None:
        self.rounds = rounds
        self.most_trees = most_trees
        self.learning_rate = learning_rate
        self.depth = depth

    def fit(self, data: TrainingData, rng: np.random.Generator, device: Device = "cpu") -> Forest:
        from sklearn.ensemble import GradientBoostingClassifier

        boosting = GradientBoostingClassifier(
            n_estimators=max(1, min(self.rounds, self.most_trees // data.classes)),
            learning_rate=self.learning_rate,
            max_depth=self.depth,
            max_features="sqrt",
            init="zero",
            random_state=int(rng.integers(2**32)),
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
