"""A new attack in 30 lines, tried on the answers of a finished run: nothing is asked of anybody.

    python examples/new_attack.py runs/game

An attack says what it needs and how a candidate scores; the higher, the more likely a member. Where to part
members from others, `Thresholded` learns from the shadow models, each in the target's place once.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from attacker import Case, Found, Needs, Thresholded
from attacker.errors import CannotAttack
from attacker.signals import confidence


class Rise(Thresholded):
    """A record is a member if the target is surer of it than models that never saw it are on average.

    Difficulty calibration does so with losses, which have no bound: one shadow model that is badly wrong
    drowns the others. Of probabilities none weighs more than 1.
    """

    paper = "after Watson, Guo, Cormode, Sablayrolles, ICLR 2022"
    needs = Needs(references=True)

    def score(self, case: Case) -> NDArray[np.float64]:
        """The probability of the true class, less its mean at the shadows without the record, (N,)."""
        asked = case.candidates
        strangers = asked.shadows.moments(confidence, "out")
        if not strangers.count.all():
            raise CannotAttack("rise needs two shadows without each record: train four or more.")
        return asked.answers.signal(confidence) - strangers.mean


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", help="the folder of a finished run that knows the truth")
    found = Found.at(parser.parse_args().run).infer(Rise(), "rise")
    print(found)
    print(f"rise has an AUC of {found['rise'].auc}, the gap attack {found['gap'].auc}")


if __name__ == "__main__":
    main()
