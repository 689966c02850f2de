"""From a run's answers to membership scores and, with the truth, to evaluations. No network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.attack import ATTACKS
from attacker.challenge import Challenge
from attacker.choice import Choice
from attacker.records import Records
from attacker.store import Judged, Store
from attacker.view import StoredShadows, View, target_answers


def infer(store: Store, challenge: Challenge, name: str, seed: int) -> Judged:
    """Fit the attack on the shadows, judge the candidates for each target by itself, and keep the judgement.

    The fit's random numbers depend on the seed and the attack's name only. Raises CannotAttack.
    """
    ready = [shadow for shadow in store.shadows() if shadow.state == "ready"]
    width, shadow_data = len(challenge.classes), Records.of(store.read("shadow_data"))
    view = View(challenge.classes, StoredShadows(store, ready, shadow_data, width))
    attack = Choice.read(name, ATTACKS).make()
    attack.fit(view, np.random.default_rng([seed, *name.encode()]))
    scores, decisions = [], []
    for model in challenge.model_ids:
        answers = target_answers(store, model, challenge.candidates, width)
        scores.append(attack.score(answers))
        decisions.append(attack.decide(answers, scores[-1]))
    shadows = {"shadows": len(ready)} if attack.needs.shadows else {}
    judged = Judged(name, shadows | attack.fitted_parameters(), np.stack(scores), np.stack(decisions))
    store.judge(judged)
    return judged


def evaluation(
    judged: Judged, challenge: Challenge, truth: NDArray[np.bool_] | None, seed: int
) -> dict[str, Any]:
    """An attack's entry in result.json: its judgements of all targets held against `truth` (T, N).

    Where the truth is not known, the entry says what was fitted and no more.
    """
    if truth is None:
        return described(judged)
    from attacker.statistics.evaluation import evaluate  # scipy, slow to load: a game needs it elsewhere

    targets = len(truth)
    labels = np.tile(challenge.candidates.labels, targets)
    rng = np.random.default_rng([seed, *judged.attack.encode()])
    evaluated = evaluate(
        judged.scores.ravel(), judged.decisions.ravel(), truth.ravel(), labels, challenge.classes, rng
    )
    return described(judged) | {"targets": targets} | evaluated.as_json()


def described(judged: Judged) -> dict[str, Any]:
    """What was fitted; no shadow model learned a candidate, so the access is `disjoint`."""
    return {"name": judged.attack, "parameters": dict(judged.parameters), "access": "disjoint"}
