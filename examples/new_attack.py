"""A new attack in thirty lines, tried on the answers of a finished run: nobody is asked anything.

python examples/new_attack.py runs/paper-game
"""

import argparse
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from attacker import Found
from attacker.attack import Needs
from attacker.signals import scaled_log_odds
from attacker.threat_model import AdversaryView, Case
from attacker.thresholded import Thresholded


class Surprise(Thresholded):
    """A record is a member if the target is surer of it than shadow models are that never saw it.

    How much surer is told in units of how far these differ about it, and a common unit besides: few shadow
    models cannot tell a record's own spread well.
    """

    paper = "this example"
    needs: ClassVar[Needs] = Needs(references=True)

    def learn(self, view: AdversaryView, rng: np.random.Generator) -> None:
        """Before scores are made of it: how far shadows that never saw a record differ, usually."""
        self.usual_ = view.shadows.moments(scaled_log_odds, "out").pooled_variance()

    def score(self, case: Case) -> NDArray[np.float64]:
        out = case.candidates.shadows.moments(scaled_log_odds, "out")
        surer = case.candidates.answers.signal(scaled_log_odds) - out.mean
        spread: NDArray[np.float64] = np.sqrt((out.squares + self.usual_) / (out.count + 1))
        return np.asarray(surer / spread)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", help="The folder of a run whose game is closed, or that knew the truth.")
    found = Found.at(parser.parse_args().run)
    for evaluated in (*found.values(), found.infer(Surprise())):
        print(evaluated)


if __name__ == "__main__":
    main()
