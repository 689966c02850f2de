"""How well a profile learns the synthetic shoppers, beside the accuracies of Shokri et al. (2017, Table II).

python -m benchmarks.shoppers_accuracy [--profile FILE] [--classes 2 10 20 50 100] [--seeds 1]
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: on small batches a second thread only slows

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from services.challenger.dataset import DATASETS
from services.mlaas.choosing import correct
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Profile, load_profile
from services.mlaas.training import train

PROFILE = Path(__file__).parents[1] / "services/mlaas/profiles/neural_network.toml"
CAPTION = "The paper's: Google's models; its own network, 100 classes (Table I): 0.830 and 0.670."
PAPER = {2: (0.999, 0.984), 10: (0.999, 0.866), 20: (1.0, 0.781), 50: (1.0, 0.693), 100: (0.999, 0.659)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", type=Path, default=PROFILE, help="a TOML file")
    parser.add_argument("--classes", type=int, nargs="+", choices=PAPER, default=list(PAPER))
    parser.add_argument("--records", type=int, default=10_000, help="to train on, and as many to test on")
    parser.add_argument("--seeds", type=int, default=1, help="networks, each on records of its own")
    arguments = parser.parse_args()
    profile = load_profile(arguments.profile)
    table = Table(
        "classes", "train", "test", "paper: train", "test", "seconds", title=profile.name, caption=CAPTION
    )
    for classes in arguments.classes:
        started = time.perf_counter()
        measured = np.array(list(accuracies(profile, classes, arguments.records, arguments.seeds)))
        spent = (time.perf_counter() - started) / arguments.seeds
        row = [" ".join(f"{value:.3f}" for value in column) for column in measured.T]
        table.add_row(str(classes), *row, *(f"{value:.3f}" for value in PAPER[classes]), f"{spent:.0f}")
    Console().print(table)


def accuracies(profile: Profile, classes: int, records: int, seeds: int) -> Iterator[tuple[float, float]]:
    """Train and test accuracy of each seed's model."""
    shoppers = DATASETS.load(f"shoppers{classes}")().make()
    everything = TrainingData(shoppers.features, shoppers.labels, classes)
    for seed in range(seeds):
        rows = np.random.default_rng(seed).permutation(len(shoppers.labels))
        members, others = everything.part(rows[:records]), everything.part(rows[records : 2 * records])
        model = train(profile, {}, members, seed).model
        yield float(correct(model, members).mean()), float(correct(model, others).mean())


if __name__ == "__main__":
    main()
