"""The README's games on `location30`: 1,200 members, knowledge `population`, 60 shadows, strictly disjoint.

python -m benchmarks.games [--profiles neural_network,google] [--shadows 60]
"""

import argparse
import time
from pathlib import Path
from typing import Any

from benchmarks.demo_game import played, shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", default="neural_network,google")
    parser.add_argument("--shadows", type=int, default=60)
    parser.add_argument("--members", type=int, default=1200)
    arguments = parser.parse_args()
    for profile in arguments.profiles.split(","):
        settings = {"dataset": "location30", "profile": profile, "members": arguments.members}
        settings |= {"shadows": arguments.shadows, "attacks": "shokri,calibrated,loss_threshold,gap"}
        began = time.monotonic()
        result = played(settings, Path("runs") / f"bench-{profile}")
        show(profile, result, time.monotonic() - began)


def show(profile: str, result: dict[str, Any], seconds: float) -> None:
    accuracies = ", ".join(f"{name} {rate['value']:.3f}" for name, rate in result["target"].items())
    print(f"{profile}: {accuracies}; {seconds:.0f} s with the start of the servers")
    for attack in result["attacks"]:
        rates = ", ".join(f"{name} {shown(attack[name])}" for name in ("precision", "recall", "fpr", "auc"))
        print(f"  {attack['name']}: {rates}, TPR at 1 % FPR {shown(attack['tpr_at_fpr']['0.01'])}")


if __name__ == "__main__":
    main()
