"""Every attack on twenty targets, by access and by number of shadow models: the README's table.

python -m benchmarks.attacks [--dataset location30] [--profile neural_network] [--label-only 201]

Three games of one secret and one seed, so that targets and candidates are the same: strictly disjoint,
adaptive, and disjoint with the label-only attacks, which ask most. To use fewer shadows costs nothing.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from attacker import inference
from attacker.challenge import Challenge
from attacker.errors import CannotAttack
from attacker.inference import Operation
from attacker.run_transcript import transcript_of
from attacker.store import Store
from attacker.transcript import Transcript
from benchmarks.demo_game import played, shown

NO_SHADOWS = ("gap", "population", "quantile_regression", "random_guess")
FROM_SHADOWS = ("loss_threshold", "confidence", "entropy", "modified_entropy")
REFERENCES = ("calibration", "rmia", "lira", "bavaria", "calibrated")
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="location30")
    parser.add_argument("--profile", default="neural_network")
    parser.add_argument("--members", type=int, default=1200)
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--shadows", type=int, default=64)
    parser.add_argument("--label-only", type=int, default=201, help="queries a record; 0: leave them out")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    arguments = parser.parse_args()
    print("| attack | access, shadows | AUC | TPR at 1 % FPR | TPR at 0.1 % FPR | balanced accuracy | fit |")
    print("|---|---|---|---|---|---|---|", flush=True)
    few, half, all_ = 8, 16, arguments.shadows
    disjoint = game("disjoint", all_, "gap", arguments)
    rows(disjoint, NO_SHADOWS, 0)
    rows(disjoint, (*FROM_SHADOWS, "shokri", "shokri:classifier=xgboost"), half)
    for shadows in (few, all_):
        rows(disjoint, ("imitation", *REFERENCES), shadows)
    adaptive = game("adaptive", all_, "gap", arguments)
    for shadows in (few, all_):
        rows(adaptive, ("imitation", *REFERENCES), shadows)
    if arguments.label_only:
        names = f"label_only:queries={arguments.label_only}", "label_only_boundary"
        rows(game("disjoint", few, ",".join(names), arguments), names, few)
    fit_all(disjoint)


def game(access: str, shadows: int, attacks: str, arguments: argparse.Namespace) -> Path:
    """The run folder of a finished game; one that is there already is used again."""
    settings = {name: getattr(arguments, name) for name in ("dataset", "profile", "members", "targets")}
    settings |= {"access": access, "shadows": shadows, "attacks": attacks, "seed": SEED}
    out: Path = arguments.out / f"attacks-{arguments.dataset}-{arguments.profile}-{access}-{shadows}"
    if not (out / "result.json").exists():
        played(settings, out, "the games of the table of attacks")
    return out


def rows(out: Path, attacks: tuple[str, ...], shadows: int) -> None:
    with Store(out) as store:
        challenge = Challenge.kept(store)
        assert challenge is not None
        transcript, truth = transcript_of(store, challenge), store.truth()
    few = transcript.with_first(shadows or len(transcript.shadows))
    for attack in attacks:
        try:
            print(row(few, truth, attack, shadows), flush=True)
        except CannotAttack as reason:
            print(f"| `{attack}` | {reason} | | | | | |", flush=True)


def fit_all(out: Path) -> None:
    """How long all attacks take on stored answers, for one target; but for those that ask around records."""
    with Store(out) as store:
        challenge = Challenge.kept(store)
        assert challenge is not None
        transcript = transcript_of(store, challenge)
    one = replace(transcript, targets=transcript.targets[:1], targets_known=transcript.targets_known[:1])
    names, began = [*NO_SHADOWS, *FROM_SHADOWS, "shokri", "imitation", *REFERENCES], time.monotonic()
    for name in names:
        inference.infer(one, name, Operation(SEED))
    seconds, shadows = time.monotonic() - began, len(one.shadows)
    print(f"fitted and scored {len(names)} attacks on {shadows} shadows, one target: {seconds:.0f} s")


def row(transcript: Transcript, truth: Any, attack: str, shadows: int) -> str:
    began = time.process_time()
    judged = inference.infer(transcript, attack, Operation(SEED))
    seconds = time.process_time() - began
    found = inference.evaluation(judged, transcript, truth, str(SEED))
    low = found["tpr_at_fpr"]
    rates = [found["auc"], low["0.01"], low["0.001"], found["balanced_accuracy"]]
    columns = " | ".join(map(shown, rates))
    return f"| `{attack}` | {judged.access}, {shadows or 'none'} | {columns} | {seconds:.1f} s |"


if __name__ == "__main__":
    main()
