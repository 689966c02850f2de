"""A whole audit of one target over HTTP, against the Adversarial Robustness Toolbox in its own process.

Both attack a network that learned the same members, from the same population, with 20 shadow models that
learn as many records as the target by the same recipe, and score the same candidates. Our clock runs from the
start of the command `attacker audit` to its end: sign-up, upload, training through the API, every query,
fitting, scoring, the report. ART's runs from its first shadow model to its last score, without its imports.
The training of the target is on neither.
"""

import itertools
import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.speed.alternating import alternating
from benchmarks.speed.customer import Customer
from benchmarks.speed.figure import Figure
from benchmarks.speed.peer_programs import python
from services.challenger.dataset import Records, load
from services.challenger.settings import Settings
from services.parties import command, options, server

DATASET, MEMBERS, PROFILE = "location30", 1_200, "neural_network"
SHADOWS, EPOCHS = 20, 200
THREADS = (1, 2)  # of ART's process
TIMES_FASTER, HIGHER_AUC = 4.0, 0.05
MOST_S = 3_600.0
SEED = 1


@dataclass(frozen=True)
class Done:
    """What an audit took, and how well it tells members."""

    seconds: float
    auc: float


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    write_records(folder)
    threads = min(THREADS, key=lambda count: small_part(folder, count))
    seeds, peers_seeds = itertools.count(1), itertools.count(1)
    with server("services.mlaas", folder / "provider", 0, []) as url:
        model = target(url, folder)
        found = alternating(
            rounds,
            {
                "ours": lambda: over_http(url, model, folder, next(seeds)),
                "art": lambda: art(folder, threads, SHADOWS, EPOCHS, next(peers_seeds)),
            },
        )
    ours, theirs = found["ours"], found["art"]
    what = f"audit over HTTP of `{DATASET}`, {SHADOWS} shadow models of {EPOCHS} epochs, attack `shokri`"
    against = f"ART in its own process, its best of {THREADS} threads: {threads}"
    return [
        Figure(
            "audit",
            f"whole {what}",
            against,
            "s",
            "less",
            tuple(each.seconds for each in ours),
            tuple(each.seconds for each in theirs),
            bar=TIMES_FASTER,
        ),
        Figure(
            "AUC of the audit",
            "its AUC",
            "ART's",
            "",
            "difference",
            tuple(each.auc for each in ours),
            tuple(each.auc for each in theirs),
            bar=HIGHER_AUC,
        ),
    ]


def write_records(folder: Path) -> None:
    """The same records in both tools' files: members, non-members, and a population of all the others."""
    records = load(DATASET, Settings().datasets)
    rows = np.random.default_rng(SEED).permutation(len(records.labels))
    members, others, population = map(records.take, np.split(rows, [MEMBERS, 2 * MEMBERS]))
    np.save(folder / "members.npy", table(members))
    np.save(folder / "candidates.npy", np.concatenate([table(members), table(others)]))
    np.save(folder / "truth.npy", np.arange(2 * MEMBERS) < MEMBERS)
    np.save(folder / "population.npy", table(population))
    parts = {"members": members, "non_members": others, "population": population}
    arrays = {name: part.features.astype(np.float32) for name, part in parts.items()}
    labels = {f"{name}_labels": part.labels for name, part in parts.items()}
    np.savez(folder / "audit.npz", **arrays, **labels)  # type: ignore[arg-type]


def table(records: Records) -> np.ndarray:
    """Labelled records (N, 1 + D), the label first."""
    return np.column_stack([records.labels.astype(np.uint8), records.features])


def target(url: str, folder: Path) -> str:
    with Customer(url) as owner:
        model = owner.train(owner.upload(np.load(folder / "members.npy")), PROFILE)
        owner.wait(model)
        owner.share(model)
        return model


def over_http(url: str, model: str, folder: Path, seed: int) -> Done:
    out = folder / f"run-{seed}"
    given = {name: folder / f"{name}.npy" for name in ("candidates", "population", "truth")}
    asked = {"url": url, "model": model, "training-size": MEMBERS, "shadows": SHADOWS, "attacks": "shokri"}
    began = time.perf_counter()
    command("attacker", "audit", options(asked | given | {"seed": seed, "out": out}), ["--quiet"])
    seconds = time.perf_counter() - began
    [attack] = json.loads((out / "result.json").read_text())["attacks"]
    return Done(seconds, float(attack["auc"]["value"]))


def art(folder: Path, threads: int, shadows: int, epochs: int, seed: int, *more: str) -> Done:
    asked = {"threads": threads, "shadows": shadows, "epochs": epochs, "seed": seed}
    found = json.loads(
        subprocess.run(
            [*python("art_audit.py"), str(folder / "audit.npz"), *options(asked), *more],
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
            stdout=subprocess.PIPE,
            timeout=MOST_S,
            check=True,
        ).stdout
    )
    return Done(found["seconds"], found["auc"])


def small_part(folder: Path, threads: int) -> float:
    """Seconds for a hundredth of the work, to choose the number of threads by."""
    return art(folder, threads, 1, EPOCHS // 40, SEED, "--attack-epochs", "5").seconds
