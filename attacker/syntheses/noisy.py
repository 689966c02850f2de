"""Noisy real records, where the game grants them."""

from attacker.synthesis import Granted


class Noisy(Granted):
    """The noisy records that the game grants, with the labels they had before the noise."""

    paper = "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, sec. V-C"
    works_from = ("noisy",)
