"""Real records, where the game grants them."""

import numpy as np

from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.synthesis import Order, Synthesis


class Population(Synthesis):
    """The real records of the population, as they are."""

    paper = "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, sec. V-B"
    works_from = ("population",)
    asks = False

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Records:
        assert knowledge.records is not None
        return knowledge.records
