"""The README's games on `location30`: 1,200 members, knowledge `population`, 60 shadows, strictly disjoint.

python -m benchmarks.games [--profiles neural_network,google] [--shadows 60]
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", default="neural_network,google")
    parser.add_argument("--shadows", type=int, default=60)
    parser.add_argument("--members", type=int, default=1200)
    arguments = parser.parse_args()
    for profile in arguments.profiles.split(","):
        out = Path("runs") / f"bench-{profile}"
        game = ["--dataset", "location30", "--profile", profile, "--members", str(arguments.members)]
        method = ["--shadows", str(arguments.shadows), "--attacks", "shokri,calibrated,loss_threshold,gap"]
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "services.demo", *game, *method, "--out", str(out)],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        show(profile, json.loads((out / "result.json").read_text()), time.monotonic() - began)


def show(profile: str, result: dict[str, Any], seconds: float) -> None:
    accuracies = ", ".join(f"{name} {rate['value']:.3f}" for name, rate in result["target"].items())
    print(f"{profile}: {accuracies}; {seconds:.0f} s with the start of the servers")
    for attack in result["attacks"]:
        rates = ", ".join(f"{name} {shown(attack[name])}" for name in ("precision", "recall", "fpr", "auc"))
        print(f"  {attack['name']}: {rates}, TPR at 1 % FPR {shown(attack['tpr_at_fpr']['0.01'])}")


def shown(rate: dict[str, float]) -> str:
    return f"{rate['value']:.3f} ({rate['low']:.3f}-{rate['high']:.3f})"


if __name__ == "__main__":
    main()
