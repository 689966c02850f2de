"""The transcript of a run: what its folder holds, as arrays."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attacker.adapting import Adaptation, mean_answer
from attacker.challenge import Challenge
from attacker.fingerprint import fingerprint
from attacker.kept_answers import KeptAnswers
from attacker.oracle import unpack
from attacker.records import Records
from attacker.store import Shadow, Store
from attacker.transcript import Observed, Transcript


def transcript_of(store: Store, challenge: Challenge, adaptation: Adaptation | None = None) -> Transcript:
    """Of shadow models, each one's answers are read at once: they stay in a file.

    `adaptation` is what is done about a filter on the answers, None what the run found to do.
    """
    adapted = adaptation or Adaptation.kept(store)
    candidates, known = challenge.candidates, Records.of(store.read("shadow_data"))
    marks = fingerprint(candidates.features), fingerprint(known.features)
    everything, width = marks[0] + marks[1], len(challenge.classes)
    shadows = [shadow for shadow in store.shadows() if shadow.state == "ready"]
    pool = store.read("pool").astype(np.int64)
    asked_known = marks[1] if store.fact("asked_known") else []
    probes = store.fact("probes") or {}
    return Transcript(
        classes=challenge.classes,
        access=challenge.access,
        candidates=candidates,
        known=known,
        targets=answers(store, challenge.model_ids, marks[0], width, adapted),
        targets_known=answers(store, challenge.model_ids, asked_known, width, adapted),
        shadows=KeptAnswers.spooled(
            each(store, [shadow.model for shadow in shadows], everything, width, adapted),
            (len(shadows), len(everything), width),
        ),
        member=membership(shadows, pool, len(everything)),
        pool=pool,
        known_member=challenge.knowledge.member,
        targets_observed=observed(store, challenge.model_ids, marks[0], probes),
        shadows_observed=observed(store, [shadow.model for shadow in shadows], everything, probes),
    )


def known_are(store: Store) -> str | None:
    """What the known records are: `population`, real ones as they are, or what else made them."""
    synthesis = store.fact("synthesis")
    return str(synthesis["name"]) if synthesis else None


def occasion_of(store: Store) -> str:
    """What the draws of evaluations hang on: the game, as at its challenger; without one, the run's seed."""
    game = store.fact("game")
    return str(game["id"] if game else store.fact("configuration")["seed"])


def answers(
    store: Store,
    models: "list[str] | tuple[str, ...]",
    marks: list[bytes],
    width: int,
    adapted: Adaptation,
) -> NDArray[np.float32]:
    """(models, records, K); a record that the run never asked about is a KeyError."""
    every = np.empty((len(models), len(marks), width), np.float32)
    for row, answered in zip(every, each(store, models, marks, width, adapted), strict=True):
        row[:] = answered
    return every


def each(
    store: Store,
    models: "list[str] | tuple[str, ...]",
    marks: list[bytes],
    width: int,
    adapted: Adaptation,
) -> Iterator[NDArray[np.float32]]:
    """The same, model by model."""
    for model in models:
        times = (store.answers_of(model, repeat) for repeat in range(adapted.repeats))
        answered = [unpack([kept[mark] for mark in marks], width) for kept in times]
        yield adapted.undone(answered[0] if len(answered) == 1 else mean_answer(answered))


def membership(shadows: list[Shadow], pool: NDArray[np.int64], records: int) -> NDArray[np.bool_]:
    """(S, records): which records each shadow has learned."""
    member = np.zeros((len(shadows), records), np.bool_)
    for row, shadow in zip(member, shadows, strict=True):
        row[pool[shadow.member]] = True
    return member


def observed(
    store: Store, models: "list[str] | tuple[str, ...]", marks: list[bytes], probes: dict[str, str]
) -> Observed:
    """What each probe saw, (models, records, Q), by name; `probes` has the dtype of each."""
    return {
        name: np.stack(
            [
                np.frombuffer(b"".join(kept[mark] for mark in marks), dtype).reshape(len(marks), -1)
                for kept in (store.observations(model, name) for model in models)
            ]
        )
        for name, dtype in probes.items()
        if models
    }
