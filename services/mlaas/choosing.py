"""Chooses among candidates by a hold-out. Those clearly behind are dropped early, on few records.

This is successive elimination (Even-Dar, Mannor and Mansour 2006) with samples of records for rounds.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.mlaas.model_type import MODEL_TYPES, Device, TrainingData
from services.mlaas.profile import Candidate

GROWTH = 4  # each round trains on so many times the records of the one before; the last on all
FEWEST = 1000  # records in a round: on less, families that need many are misjudged
MARGIN = 0.05  # so much accuracy may be made up for with more records
ERRORS = 2.0  # and so many standard errors of the difference may be chance

Scores = dict[str, float]


def choose(
    candidates: Sequence[Candidate],
    data: TrainingData,
    share: float,
    seed: np.random.SeedSequence,
    device: Device,
) -> tuple[Candidate, Scores]:
    """The candidate that is best on a stratified `share` of the records; of equals, the first.

    With it the accuracies by label, each from the last round that its candidate was in: none where there was
    nothing to choose.
    """
    splitting, fitting = seed.spawn(2)
    rng = np.random.default_rng(splitting)
    held_out = stratified(data.labels, share, rng)
    if len(candidates) == 1 or not held_out.any():  # too few records to keep any aside: the first has to do
        return candidates[0], {}
    rest, aside = data.part(np.flatnonzero(~held_out)), data.part(np.flatnonzero(held_out))
    left, scores = list(candidates), Scores()
    for part in parts(len(rest.labels)):
        sample = rest.part(np.flatnonzero(~stratified(rest.labels, 1 - part, rng)))
        right = {each.label: correct(fit(each, sample, fitting, device), aside) for each in left}
        scores |= {label: float(of.mean()) for label, of in right.items()}
        leader = max(left, key=lambda each: scores[each.label])
        left = [each for each in left if not clearly_behind(right[each.label], right[leader.label])]
        if len(left) == 1:
            break
    return leader, scores


def fit(
    candidate: Candidate, data: TrainingData, seed: np.random.SeedSequence, device: Device
) -> FittedModel:
    model_type = MODEL_TYPES.load(candidate.model_type)(**candidate.parameters)
    return model_type.fit(data, np.random.default_rng(seed), device)


def correct(model: FittedModel, data: TrainingData) -> NDArray[np.bool_]:
    """Which records (N,) a model gives their class."""
    right: NDArray[np.bool_] = model.probabilities(data.features).argmax(axis=1) == data.labels
    return right


def clearly_behind(right: NDArray[np.bool_], leading: NDArray[np.bool_]) -> bool:
    """Whether more records are to decide nothing: both (N,) say which of the same records were right."""
    lead = leading.astype(np.int8) - right
    return bool(lead.mean() > MARGIN + ERRORS * lead.std() / np.sqrt(len(lead)))


def parts(records: int) -> list[float]:
    """What share of the records each round trains on: rising, the last is 1."""
    rounds = 1
    while records >= FEWEST * GROWTH**rounds:
        rounds += 1
    return [GROWTH**-left for left in reversed(range(rounds))]


def stratified(labels: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Picks (N,) of `labels` (N,) a `share` of every class, but never the whole of a class.

    What is left of a record by rounding decides by chance, or classes of few records would never be held out.
    """
    picked = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        records = rng.permutation(np.flatnonzero(labels == label))
        count = int(share * len(records) + rng.random())
        picked[records[: min(count, len(records) - 1)]] = True
    return picked
