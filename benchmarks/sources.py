"""The attack from each source of shadow data, on one target: the paper's Figures 8 and 9, and ours.

python -m benchmarks.sources figure-8 | figure-9 | surrogate [--profile neural_network] [--shadows 20]

The games of a figure have one secret and one seed, so that members, candidates and population are the same.
"""

import argparse
from pathlib import Path
from typing import Any

from benchmarks.demo_game import played, shown

LOCATION = {"dataset": "location30", "members": "1200"}
SHOPPERS = {"dataset": "shoppers100", "members": "10000"}
REAL = {"knowledge": "population"}
FIGURES: dict[str, dict[str, dict[str, str]]] = {
    "figure-8": {
        "real": LOCATION | REAL,
        **{
            f"{mode} {rate}": LOCATION | {"knowledge": f"noisy:rate={rate}:mode={mode}"}
            for mode in ("flip", "replace")
            for rate in (0.1, 0.2)
        },
    },
    "figure-9": {
        "real": SHOPPERS | REAL,
        "marginals": SHOPPERS | {"knowledge": "marginals", "count": "60000"},
        "model-based": SHOPPERS | {"knowledge": "format", "synthesis": "model_based", "count": "30000"},
    },
    "surrogate": {
        "real": LOCATION | REAL,
        "surrogate": LOCATION | {"knowledge": "format", "synthesis": "surrogate", "count": "2600"},
        "model-based": LOCATION | {"knowledge": "format", "synthesis": "model_based", "count": "2600"},
    },
}
PAPER = {
    "figure-8": "paper (Google): real 0.678 / 0.98, 10 % 0.666 / 0.99, 20 % 0.613 / 1.00",
    "figure-9": "paper (Google): real 0.935 / 0.994, marginals 0.795 / 0.991, model-based 0.896 / 0.526",
    "surrogate": "nothing in the paper; real data and Algorithm 1 stand beside",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--profile", default="neural_network")
    parser.add_argument("--shadows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    for source, known in FIGURES[arguments.figure].items():
        name = f"{arguments.figure}-{arguments.profile}-{arguments.seed}-{source.replace(' ', '-')}"
        show(source, game(known, arguments, arguments.out / name))
    print(f"precision / recall of {PAPER[arguments.figure]}")


def game(source: dict[str, str], arguments: argparse.Namespace, out: Path) -> dict[str, Any]:
    settings: dict[str, Any] = {"profile": arguments.profile, "shadows": arguments.shadows}
    settings |= {"attacks": "shokri,calibrated,loss_threshold,gap", "seed": arguments.seed}
    return played(source | settings, out, f"the games of {arguments.figure}")


def show(source: str, result: dict[str, Any]) -> None:
    synthesis = result["synthesis"]
    target = ", ".join(f"{name} {rate['value']:.3f}" for name, rate in result["target"].items())
    print(f"{source}: {synthesis['records']:,} records for {synthesis['queries']:,} queries; target {target}")
    for attack in result["attacks"]:
        rates = ("precision", "recall", "balanced_accuracy", "auc")
        told = ", ".join(f"{rate} {attack[rate]['value']:.3f}" for rate in rates)
        found = attack["tpr_at_fpr"]["0.01"]
        print(f"  {attack['name']}: {told}, TPR at 1 % FPR {shown(found)}", flush=True)


if __name__ == "__main__":
    main()
