"""What a provider's choice by accuracy and leakage gives, beside the choice by accuracy alone.

python -m benchmarks.choosing [--dataset location30] [--members 1200] [--seeds 2]
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: on small batches a second thread only slows

import numpy as np
from rich.console import Console
from rich.table import Table

from attacker.statistics.roc import roc
from services.challenger.dataset import load
from services.challenger.settings import Settings
from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.choosing import confidence, correct
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Profile, load_profiles
from services.mlaas.training import train

PROFILES = ("google", "google_private")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="location30")
    parser.add_argument("--members", type=int, default=1200)
    parser.add_argument("--seeds", type=int, default=2, help="splits, each with models of its own")
    arguments = parser.parse_args()
    records = load(arguments.dataset, Settings().datasets)
    everything = TrainingData(records.features, records.labels.astype(np.int64), len(records.classes))
    profiles = load_profiles(SHIPPED_PROFILES)
    table = Table(
        "profile", "split", "train", "test", "AUC of the loss", title=f"{arguments.members:,} members"
    )
    for seed in range(1, arguments.seeds + 1):
        rows = np.random.default_rng(seed).permutation(len(everything.labels))
        members, others = np.split(rows[: 2 * arguments.members], [arguments.members])
        for name in PROFILES:
            found = measured(profiles[name], everything.part(members), everything.part(others), seed)
            table.add_row(name, str(seed), *(f"{value:.3f}" for value in found))
    Console().print(table)


def measured(profile: Profile, members: TrainingData, others: TrainingData, seed: int) -> list[float]:
    """Training and test accuracy, and how well the loss tells the one from the other."""
    model = train(profile, {}, members, seed).model
    scores = np.concatenate([confidence(model, kind) for kind in (members, others)])
    member = np.arange(len(scores)) < len(members.labels)
    curve = roc(scores[None], member[None])
    return [float(correct(model, kind).mean()) for kind in (members, others)] + [float(curve.auc())]


if __name__ == "__main__":
    main()
