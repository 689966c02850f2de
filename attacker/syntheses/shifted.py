"""Real records of a shifted population, where the game grants them."""

from attacker.synthesis import Granted


class Shifted(Granted):
    """The real records of a population whose classes are not as frequent as the target's, as they are."""

    paper = "Penumbra: what records unlike the target's cost an attack that learns from them"
    works_from = ("shifted",)
