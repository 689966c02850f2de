"""Synthetic shoppers in the shape of the paper's Purchase data: 600 binary features, clustered.

Shokri et al. (2017, section VI-A) cluster the records of Acquire Valued Shoppers. Here the purchases are
made up, and tuned until a network is as accurate on them as the paper's Google models are (its Table II).
"""

from typing import ClassVar

import numpy as np

from services.challenger.clustering import k_means
from services.challenger.dataset import Dataset, Feature, Records, class_names
from services.challenger.market import Market

SEED = 2017


class Shoppers(Dataset):
    """One table of records for all; the data sets differ in the number of clusters."""

    source = "made on this machine from a fixed seed"
    terms = "none: nobody's data"
    records, features = 80_000, Market.products
    clustered: ClassVar[int] = 20_000  # records that the clusters are found on

    def make(self) -> Records:
        """The same records to the bit whatever the machine's cores and libraries for matrices."""
        purchases = Market().records(self.records, np.random.Generator(np.random.PCG64(SEED)))
        random = np.random.Generator(np.random.PCG64([SEED, self.classes]))
        labels = k_means(purchases, self.classes, random, sample=self.clustered, rounds=20)
        return Records(purchases, labels, class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"bought_{product}", "binary", 0, 1) for product in range(self.features))
