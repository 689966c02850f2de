"""A finished run analysed again: other attacks on the same answers, without a query."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attacker import inference
from attacker.challenge import Challenge
from attacker.errors import ConfigurationError
from attacker.report import result
from attacker.store import FILE, Store


def analyse_again(folder: Path, attacks: Sequence[str]) -> dict[str, Any] | None:
    """Fit the attacks anew, into result.json; into scores.csv, and None, where the truth is not known.

    Raises ConfigurationError for a folder without a finished run.
    """
    if not (folder / FILE).exists():
        raise ConfigurationError(f"{folder} is no run folder; give the --out of a run.")
    with Store(folder) as store:
        challenge = Challenge.kept(store)
        if challenge is None or not store.fact("fitted"):
            raise ConfigurationError(
                f"The run in {folder} is not finished; go on with the command that began it."
            )
        seed = store.fact("configuration")["seed"]
        judged = [inference.infer(store, challenge, name, seed) for name in attacks]
        found = result.read(folder)
        if found is None or not (folder / "truth.npy").exists():
            result.write_scores(folder, judged)
            return None
        truth = store.read("truth").astype(np.bool_)
        entries = {one["name"]: one for one in found["attacks"]}
        entries |= {one.attack: inference.evaluation(one, challenge, truth, seed) for one in judged}
    return result.write(folder, found | {"attacks": list(entries.values())})
