"""A finished run analysed again: other attacks on the same answers, without a query."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attacker import inference
from attacker.attack_models import KeptModels
from attacker.challenge import Challenge
from attacker.errors import CannotAttack, ConfigurationError
from attacker.false_discovery import lists
from attacker.inference import Operation
from attacker.report import members, result
from attacker.run_transcript import known_are, occasion_of, transcript_of
from attacker.service import Service
from attacker.store import FILE, Judged, Store
from attacker.transcript import Transcript

Note = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What a user wants to know of answers that there are.

    With the first so many `shadows`, None: with all. `precision` as in a run; `fdr`, the rate of the lists of
    members, None for no lists.
    """

    attacks: tuple[str, ...]
    shadows: int | None = None
    precision: float | None = None
    fdr: float | None = None

    def limited(self, transcript: Transcript) -> Transcript:
        return transcript if self.shadows is None else transcript.with_first(self.shadows)


def analyse_again(folder: Path, wish: Wish, note: Note) -> dict[str, Any] | None:
    """Fit attacks anew; scores.csv and result.json then hold every attack ever fitted on the run.

    With a rate, members.csv then lists members by each. None where there is no evaluation to show: the truth
    is not known, or the run has no result yet. Raises ConfigurationError for a folder without a finished run.
    """
    with finished(folder) as (store, challenge):
        seed, transcript = store.fact("configuration")["seed"], transcript_of(store, challenge)
        used, fitted, operation = wish.limited(transcript), [], Operation(seed, wish.precision)
        for one in inferred(used, wish.attacks, operation, note, KeptModels(store=store)):
            store.judge(one)
            fitted.append(one.attack)
        if wish.fdr is not None:
            are = known_are(store)
            members.keep(store, lists(wish.fdr, used, fitted, seed=seed, known_are=are, note=note))
        judged, truth, listed = store.judged(), store.truth(), members.kept(store)
        occasion, canaries = occasion_of(store), store.canaries()
    result.write_scores(folder, judged)
    if (found := result.read(folder)) is None:
        return None
    standing = {one["name"]: one for one in found["attacks"] if "auc" in one and one["name"] not in fitted}
    entries = [
        standing.get(one.attack) or inference.evaluation(one, transcript, truth, occasion, canaries)
        for one in judged
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
