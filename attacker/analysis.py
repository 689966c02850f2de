"""A finished run analysed again: other attacks on the same answers, without a query."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attacker import inference
from attacker.attack_models import KeptModels
from attacker.challenge import Challenge
from attacker.errors import CannotAttack, ConfigurationError
from attacker.false_discovery import lists
from attacker.inference import Operation
from attacker.report import members, result
from attacker.run_transcript import known_are, transcript_of
from attacker.service import Service
from attacker.store import FILE, Judged, Store
from attacker.transcript import Transcript

Note = Callable[[str], None]


def analyse_again(
    folder: Path,
    attacks: Sequence[str],
    precision: float | None,
    shadows: int | None,
    fdr: float | None,
    note: Note,
) -> dict[str, Any] | None:
    """Fit these attacks anew; scores.csv and result.json then hold every attack ever fitted on the run.

    With the first so many of its `shadows`; None: with all. With `fdr`, members.csv then lists members at
    that rate, by each. None where there is no evaluation to show: the truth is not known, or the run has no
    result yet. Raises ConfigurationError for a folder without a finished run.
    """
    with finished(folder) as (store, challenge):
        seed, transcript = store.fact("configuration")["seed"], transcript_of(store, challenge)
        used = transcript if shadows is None else transcript.with_first(shadows)
        fitted = []
        for one in inferred(used, attacks, Operation(seed, precision), note, KeptModels(store=store)):
            store.judge(one)
            fitted.append(one.attack)
        if fdr is not None:
            are = known_are(store)
            members.keep(store, lists(fdr, used, fitted, seed=seed, known_are=are, note=note))
        judged, truth, listed = store.judged(), store.truth(), members.kept(store)
    result.write_scores(folder, judged)
    if (found := result.read(folder)) is None:
        return None
    standing = {one["name"]: one for one in found["attacks"] if "auc" in one and one["name"] not in attacks}
    entries = [
        standing.get(one.attack) or inference.evaluation(one, transcript, truth, seed) for one in judged
    ]
    written = result.write(folder, found | {"attacks": members.noted(entries, listed, truth)})
    return None if truth is None else written


@contextmanager
def finished(folder: Path) -> Iterator[tuple[Store, Challenge]]:
    """A run that has asked all its questions; raises ConfigurationError for another folder."""
    if not (folder / FILE).exists():
        raise ConfigurationError(f"{folder} is no run folder; give the --out of a run.")
    with Store(folder) as store:
        challenge = Challenge.kept(store)
        if challenge is None or not store.fact("fitted"):
            raise ConfigurationError(
                f"The run in {folder} is not finished; go on with the command that began it."
            )
        yield store, challenge


def inferred(
    transcript: Transcript,
    attacks: Sequence[str],
    operation: Operation,
    note: Note,
    service: Service | None = None,
) -> Iterator[Judged]:
    """What each attack makes of it; one among several for which it does not suffice is noted and left out."""
    for name in attacks:
        try:
            yield inference.infer(transcript, name, operation, service)
        except CannotAttack as error:
            if len(attacks) == 1:
                raise
            note(f"{name} is left out: {error}")
