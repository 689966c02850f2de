"""The game of Shokri et al. (2017) from both sides: an owner has a model trained, an attacker plays.

Two servers must run:

    mlaas serve --port 8000 --data runs/provider
    challenger serve --port 8001 --data runs/challenger --provider http://127.0.0.1:8000
"""

import argparse

import numpy as np

from attacker import Found, Play
from attacker.client.http import Http
from attacker.owner import Owner


def main() -> None:
    options = options_from_command_line()
    with Http(np.random.default_rng()) as http:
        # The owner: a target on so many of its records. Whose they are, the challenger alone knows.
        owner = Owner(http, options.challenger)
        game = owner.create(
            {"dataset": options.dataset, "profile": options.profile, "members": options.members}
        )

        # The attacker: shadow models through the same API, attack models on their answers (sec. V).
        play = Play(game.url, out=options.out, shadows=options.shadows, attacks=("shokri", "gap"))
        play.submit()

        # Only when the owner closes the game are the scores held against the truth.
        owner.close(game)
        show(play.run())


def show(found: Found) -> None:
    """As section VI of the paper: precision and recall, class by class; below them all classes together."""
    attack = found["shokri"]
    print(f"{'class':>10}  precision  recall")
    for one in attack.document["per_class"]:
        values = (one[rate]["value"] for rate in ("precision", "recall"))
        cells = ("none" if value is None else f"{value:.3f}" for value in values)
        print(f"{one['class']:>10}  {'  '.join(f'{cell:>9}' for cell in cells)}")
    print(f"{'all':>10}  {attack.precision.value:9.3f}  {attack.recall.value:9.3f}")
    for evaluated in found.values():
        print(evaluated)
    print(f"{found.asked:,} records asked; {found.report()}")


def options_from_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--challenger", default="http://127.0.0.1:8001")
    parser.add_argument("--dataset", default="digits")
    parser.add_argument("--profile", default="neural_network")
    parser.add_argument("--members", type=int, default=400)
    parser.add_argument("--shadows", type=int, default=4)
    parser.add_argument("--out", default="runs/paper-game")
    return parser.parse_args()


if __name__ == "__main__":
    main()
