"""A random forest: the mean over trees that each learn another draw of the records."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from attacker.per_group import Floats, Kinds, Model, PerGroup


class RandomForest(PerGroup):
    """scikit-learn's, with 5 records or more in a leaf; its default, 1, lets each tree learn all by heart."""

    def __init__(self, *, trees: int = 100, leaf: int = 5) -> None:
        self.trees, self.leaf = trees, leaf

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        forest = RandomForestClassifier(self.trees, min_samples_leaf=self.leaf, random_state=seed)
        forest.fit(records, kinds)
        return lambda asked: np.asarray(forest.predict_proba(asked)[:, 1])
