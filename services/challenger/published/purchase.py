"""Purchases of real shoppers, the paper's own: 600 binary features (Shokri et al. 2017, section VI-A)."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from services.challenger.clustering import k_means
from services.challenger.dataset import Feature, Records, class_names
from services.challenger.published.archive import read_members
from services.challenger.published.bits import labelled_bits
from services.challenger.published.download import Published
from services.challenger.published.fetched import Fetched

SEED = 2017
PUBLISHED_CLASSES = 100


class Purchase(Fetched):
    """One table of records; the labels of 100 classes are published, of the others clustered here.

    The paper clusters too, and says no more of it than k-means: its labels of 2 to 50 classes are other ones.
    """

    source = "https://github.com/privacytrustlab/datasets, from Kaggle's Acquire Valued Shoppers Challenge"
    terms = "no licence stated by its publishers"
    records, features = 197_324, 600
    files = (
        Published(
            "https://github.com/privacytrustlab/datasets/raw/master/dataset_purchase.tgz",
            most_bytes=2**29,
            digest="git:3efa7476ad5ed7ac3e558d28585a186b38fc5f19",
        ),
    )
    rounds: ClassVar[int] = 20

    def parse(self, files: tuple[Path, ...]) -> Records:
        [(purchases, labels)] = read_members(files[0], {"dataset_purchase": self.read})
        if self.classes != PUBLISHED_CLASSES:
            random = np.random.Generator(np.random.PCG64([SEED, self.classes]))
            labels = k_means(purchases, self.classes, random, sample=len(purchases), rounds=self.rounds)
        return Records(purchases, labels, class_names(self.classes))

    def read(self, lines: Iterable[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return labelled_bits(lines, self.features, PUBLISHED_CLASSES)

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"bought_{product}", "binary", 0, 1) for product in range(self.features))
