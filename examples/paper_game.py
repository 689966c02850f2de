"""The game of the paper (Shokri et al. 2017), from its creation to the precision of each class.

It needs the two servers of the README, `mlaas serve` and `challenger serve`, and plays both sides: the owner,
who has a target trained and says in the end who was a member, and the attacker, who sees an API. The
paper's Location game is `--dataset location30 --members 1200 --shadows 60`.
"""

import argparse

import numpy as np

from attacker import Found, Play
from attacker.client.http import Http
from attacker.owner import Owner


def main() -> None:
    asked = arguments()
    game = {"dataset": asked.dataset, "profile": asked.profile, "members": asked.members}
    with Http(np.random.default_rng()) as http:
        owner = Owner(http, asked.challenger)
        owned = owner.create(game)
        attacker = Play(owned.url, out=asked.out, shadows=asked.shadows, attacks="shokri,gap")
        attacker.run()  # up to the submission: more is not told before the owner has closed the game
        owner.close(owned)
    show(attacker.run())


def show(found: Found) -> None:
    """What Section VI of the paper shows: the target's accuracies, and precision and recall by class."""
    assert found.document is not None
    target, shokri = found.document["target"], found["shokri"]
    train, test = (target[name]["value"] for name in ("train_accuracy", "test_accuracy"))
    print(f"accuracy of the target: {train:.3f} in training, {test:.3f} on records it never saw")
    print(f"precision {shokri.precision}, recall {shokri.recall}; guessing has a precision of 0.5")
    print(f"\n{'class':<10}{'members':>8}  {'precision':<26}recall")
    for name, one in shokri.per_class.items():
        print(f"{name:<10}{one.members:>8}  {one.precision!s:<26}{one.recall}")
    print(f"\n{found}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--challenger", default="http://127.0.0.1:8001", help="its URL")
    parser.add_argument("--dataset", default="digits", help="one of `challenger datasets`")
    parser.add_argument("--profile", default="neural_network", help="one of `mlaas profiles`")
    parser.add_argument("--members", type=int, default=400, help="records that the target learns")
    parser.add_argument("--shadows", type=int, default=4, help="shadow models")
    parser.add_argument("--out", default="runs/paper-game", help="the run folder, a new one for each game")
    return parser.parse_args()


if __name__ == "__main__":
    main()
