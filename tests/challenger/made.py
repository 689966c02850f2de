"""Made-up data with features of every kind, for tests."""

from typing import Any

import numpy as np

from services.challenger.dataset import Dataset, Feature, Records, class_names

FEATURES = (
    Feature("member", "binary", 0, 1),
    Feature("colour", "categorical", 2, 9, (2, 5, 9)),
    Feature("grade", "integer", -2, 4),
    Feature("income", "integer", 0, 5_000),
    Feature("height", "real", -1.5, 1.5),
)
CODES = (np.array([0, 1]), np.array([2, 5, 9]), np.arange(-2, 5))  # of the first three features


class Made(Dataset):
    summary, source, terms = "features of every kind", "made for tests", "none"
    records, features, classes = 4_000, len(FEATURES), 3

    def make(self) -> Records:
        """Skewed everywhere, and no record has the colour 9."""
        random = np.random.default_rng(5)
        columns: list[Any] = [
            random.random(self.records) < 0.2,
            random.choice([2, 5], self.records, p=[0.7, 0.3]),
            random.binomial(6, 0.2, self.records) - 2,
            np.minimum(random.lognormal(6, 0.5, self.records).astype(int), 5_000),
            np.tanh(random.normal(0.5, 0.4, self.records)),
        ]
        features = np.column_stack(columns).astype("f4")
        return Records(features, np.arange(self.records) % self.classes, class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return FEATURES
