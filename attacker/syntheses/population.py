"""Real records, where the game grants them."""

from attacker.synthesis import Granted


class Population(Granted):
    """The real records of the population, as they are."""

    paper = "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, sec. V-B"
    works_from = ("population",)
