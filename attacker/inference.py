"""From a transcript to membership scores and, with the truth, to evaluations. No network."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.attack import ATTACKS, Attack
from attacker.choice import Choice
from attacker.errors import CannotAttack
from attacker.pseudo_targets import held_out_scores, threshold_of_precision
from attacker.service import Service
from attacker.store import Judged
from attacker.threat_model import AdversaryView, Case
from attacker.transcript import Transcript


@dataclass(frozen=True)
class Operation:
    """Where attacks decide, and from which seed they learn.

    `precision`: positive answers are to be right that often, as far as shadows can tell, for as many members
    as non-members; None: the operating point is each attack's own.
    """

    seed: int
    precision: float | None = None


def infer(transcript: Transcript, name: str, operation: Operation, service: Service | None = None) -> Judged:
    """Fit the attack on the shadows and judge the candidates, for each target by itself.

    `service` is the one under attack, for attacks that have models trained by it. Raises CannotAttack.
    """
    return judge(transcript, name, Choice.read(name, ATTACKS).make(), operation, service)


def judge(
    transcript: Transcript, name: str, attack: Attack, operation: Operation, service: Service | None = None
) -> Judged:
    """The same by an attack that is made already.

    The fit's random numbers depend on the seed and the attack's name only.
    """
    view, cases = replace(transcript.view(), service=service), transcript.cases()
    require(name, attack, view, cases[0])
    rng = np.random.default_rng([operation.seed, *name.encode()])
    threshold = None
    if operation.precision is not None and view.pseudo_targets:
        threshold = threshold_of_precision(*held_out_scores(attack, view, rng), operation.precision)
    attack.fit(view, rng)
    scores, decisions = [], []
    for case in cases:
        scores.append(attack.score(case))
        decisions.append(attack.decide(case, scores[-1]) if threshold is None else scores[-1] > threshold)
    learned = {"shadows": len(view.shadows)} if attack.needs.shadows and not transcript.told else {}
    asked = {} if threshold is None else {"precision": operation.precision}
    return Judged(
        name,
        learned | asked | attack.fitted_parameters(),
        np.stack(scores),
        np.stack(decisions),
        transcript.access if learned else "disjoint",
        attack.probabilities,
    )


def require(name: str, attack: Attack, view: AdversaryView, case: Case) -> None:
    """Raises CannotAttack for an attack that this transcript does not suffice for, saying what is missing."""
    if attack.needs.shadows:
        view.require_shadows()
    if attack.needs.references and not len(case.candidates.shadows):
        raise CannotAttack(
            f"{name} compares with what shadow models say of the candidates, and there are none here."
        )
    if attack.needs.known and not len(case.known):
        raise CannotAttack(
            f"{name} needs records known not to be members: play a game that grants a population."
        )
    if attack.needs.features and not case.candidates.features.shape[1]:
        raise CannotAttack(f"{name} looks at the records themselves: import them with --features.")
    probe = attack.probe()
    if probe is not None and probe.name not in case.candidates.answers.observed:
        raise CannotAttack(
            f"{name} asks around the candidates, which this run did not; begin a run with it among --attacks."
        )


def evaluation(
    judged: Judged,
    transcript: Transcript,
    truth: NDArray[np.bool_] | None,
    occasion: str,
    canaries: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """An attack's entry in result.json: its judgements of all targets held against `truth` (T, N).

    `occasion` is what the intervals' draws hang on; with a game's id they are those of its challenger.
    `canaries` (N,) are the candidates with a wrong label, where these are told. Where the truth is not known,
    the entry says what was fitted and no more.
    """
    if truth is None:
        return described(judged)
    from attacker.statistics.draws import draws  # scipy, slow to load: a game needs it elsewhere
    from attacker.statistics.epsilon import descriptive
    from attacker.statistics.evaluation import evaluate
    from attacker.statistics.roc import roc

    labels = transcript.candidates.labels
    evaluated = evaluate(
        judged.scores,
        judged.decisions,
        truth,
        labels,
        transcript.classes,
        draws(occasion, judged.attack),
        right=transcript.targets.argmax(axis=2) == labels,
        probabilities=judged.probabilities,
        canaries=canaries,
    )
    epsilon = descriptive(roc(judged.scores, truth))
    return described(judged) | {"targets": len(truth)} | evaluated.as_json() | {"epsilon": epsilon.as_json()}


def described(judged: Judged) -> dict[str, Any]:
    """What was fitted, on what access."""
    kind = {"scores_are": "probabilities"} if judged.probabilities else {}
    return {"name": judged.attack, "parameters": dict(judged.parameters), "access": judged.access} | kind
