"""Noisy real records, where the game grants them."""

import numpy as np

from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.synthesis import Order, Synthesis


class Noisy(Synthesis):
    """The noisy records that the game grants, with the labels they had before the noise."""

    paper = "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, sec. V-C"
    works_from = ("noisy",)
    asks = False

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Records:
        assert knowledge.records is not None
        return knowledge.records
