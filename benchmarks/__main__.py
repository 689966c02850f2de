"""`make figures`: the figures of the README but those of speed; some two hours on two cores."""

import subprocess
import sys

LARGE = "--dataset shoppers100 --members 10000 --count 30000"
FIGURES = (
    "output_defences",
    "suspicion",
    "leakage_agreement",
    "leakage_agreement --dataset shoppers100 --members 2000 --shadows 8",
    "choosing",
    "games",
    "shoppers_accuracy --seeds 2",
    "synthesis",
    f"synthesis {LARGE}",
    "sources figure-8 --shadows 20",
    "sources figure-9 --shadows 8",
    *(f"sources surrogate --shadows 16 --seed {seed}" for seed in (1, 2, 3)),
    "guessed_training",
    "guessed_training --dataset digits --members 400",
    "attacks",
    *(f"attacks --profile {name} --shadows 32 --label-only 51" for name in ("google", "neural_network_sgd")),
    "attacks --dataset shoppers100 --members 2000 --shadows 32 --label-only 51",
)

for figure in FIGURES:
    print(f"== {figure}", flush=True)
    name, *arguments = figure.split()
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)
