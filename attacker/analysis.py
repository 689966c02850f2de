"""A finished run analysed again: other attacks on the same answers, without a query."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attacker import inference
from attacker.challenge import Challenge
from attacker.errors import ConfigurationError
from attacker.report import result
from attacker.store import FILE, Store


def analyse_again(folder: Path, attacks: Sequence[str]) -> dict[str, Any] | None:
    """Fit these attacks anew; scores.csv and result.json then hold every attack ever fitted on the run.

    None where there is no evaluation to show: the truth is not known, or the run has no result yet.
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
        for name in attacks:
            inference.infer(store, challenge, name, seed)
        judged, truth = store.judged(), store.truth()
    result.write_scores(folder, judged)
    if (found := result.read(folder)) is None:
        return None
    standing = {one["name"]: one for one in found["attacks"] if "auc" in one and one["name"] not in attacks}
    entries = [
        standing.get(one.attack) or inference.evaluation(one, challenge, truth, seed) for one in judged
    ]
    written = result.write(folder, found | {"attacks": entries})
    return None if truth is None else written
