"""Chooses among candidates by a hold-out. Those clearly behind are dropped early, on few records.

This is successive elimination (Even-Dar, Mannor and Mansour 2006) with samples of records for rounds. The
best is the most accurate or, where a profile says so, the most accurate for what it leaks.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel
from services.mlaas.hold_out import stratified
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.profile import Candidate

GROWTH = 4  # each round trains on so many times the records of the one before; the last on all
FEWEST = 1000  # records in a round: on less, families that need many are misjudged
MARGIN = 0.05  # so much accuracy may be made up for with more records
ERRORS = 2.0  # and so many standard errors of the difference may be chance

Select = Literal["accuracy", "accuracy_and_leakage"]
Scores = dict[str, Any]
Worth = NDArray[np.float64]
Judge = Callable[[FittedModel, TrainingData, TrainingData], tuple[Worth, Any]]


def choose(
    candidates: Sequence[Candidate],
    data: TrainingData,
    share: float,
    seed: np.random.SeedSequence,
    device: Device,
    select: Select = "accuracy",
) -> tuple[Candidate, Scores]:
    """The candidate that is best on a stratified `share` of the records; of equals, the first.

    With it the accuracies by label (and the leakage, where that counts): each from the last round that its
    candidate was in, none where there was nothing to choose.
    """
    splitting, fitting = seed.spawn(2)
    rng = np.random.default_rng(splitting)
    held_out = stratified(data.labels, share, rng)
    if len(candidates) == 1 or not held_out.any():  # too few records to keep any aside: the first has to do
        return candidates[0], {}
    rest, aside = data.part(np.flatnonzero(~held_out)), data.part(np.flatnonzero(held_out))
    left, scores, judge = list(candidates), Scores(), JUDGES[select]
    for part in parts(len(rest.labels)):
        sample = rest.part(np.flatnonzero(~stratified(rest.labels, 1 - part, rng)))
        judged = {each.label: judge(fit(each, sample, fitting, device), sample, aside) for each in left}
        worth = {label: of for label, (of, _) in judged.items()}
        scores |= {label: score for label, (_, score) in judged.items()}
        leader = max(left, key=lambda each: float(worth[each.label].mean()))
        left = [each for each in left if not clearly_behind(worth[each.label], worth[leader.label])]
        if len(left) == 1:
            break
    return leader, scores


def fit(
    candidate: Candidate, data: TrainingData, seed: np.random.SeedSequence, device: Device
) -> FittedModel:
    return candidate.make().fit(data, np.random.default_rng(seed), device)


def correct(model: FittedModel, data: TrainingData) -> NDArray[np.bool_]:
    """Which records (N,) a model gives their class."""
    right: NDArray[np.bool_] = model.probabilities(data.features).argmax(axis=1) == data.labels
    return right


def accuracy(model: FittedModel, fitted_to: TrainingData, aside: TrainingData) -> tuple[Worth, float]:
    """1 for each record kept aside (H,) that is given its class, else 0; and the mean."""
    right = correct(model, aside).astype(np.float64)
    return right, float(right.mean())


def accuracy_and_leakage(
    model: FittedModel, fitted_to: TrainingData, aside: TrainingData
) -> tuple[Worth, dict[str, float]]:
    """Accuracy less what the membership advantage takes of it, accuracy x (1 - advantage); and both.

    The advantage is TPR - FPR of the best threshold on the loss (Yeom et al. 2018, whose threshold is the
    mean loss in training). It takes a share and is not subtracted as it is: then the least useful would win,
    who has nothing to give away (on 2,000 shoppers of 100 classes one that is right about 8 in 100,
    measured). What each record kept aside is worth (H,) is the product's linear part, its mean the product.
    """
    right = correct(model, aside)
    inside, outside = confidence(model, fitted_to), confidence(model, aside)
    threshold = best_threshold(inside, outside)
    told, mistaken = float((inside >= threshold).mean()), (outside >= threshold).astype(np.float64)
    share, advantage = float(right.mean()), told - float(mistaken.mean())
    worth = right * (1 - advantage) + share * (mistaken - mistaken.mean())
    return worth, {"accuracy": share, "advantage": advantage, "records": len(inside)}


JUDGES: dict[Select, Judge] = {"accuracy": accuracy, "accuracy_and_leakage": accuracy_and_leakage}


def confidence(model: FittedModel, data: TrainingData) -> Worth:
    """The probabilities (N,) of the records' own classes: the loss is their logarithm."""
    return model.probabilities(data.features)[np.arange(len(data.labels)), data.labels]


def best_threshold(inside: Worth, outside: Worth) -> float:
    """Of all values, the one from which on (n,) and (H,) differ most in their shares."""
    values = np.unique(np.concatenate([inside, outside]))
    below, wrongly = (np.searchsorted(np.sort(kind), values) / len(kind) for kind in (inside, outside))
    return float(values[np.argmax(wrongly - below)])


def clearly_behind(worth: NDArray[Any], leading: NDArray[Any]) -> bool:
    """Whether more records are to decide nothing: both (H,) say what the same records are worth."""
    lead = leading.astype(np.float64) - worth
    return bool(lead.mean() > MARGIN + ERRORS * lead.std() / np.sqrt(len(lead)))


def parts(records: int) -> list[float]:
    """What share of the records each round trains on: rising, the last is 1."""
    rounds = 1
    while records >= FEWEST * GROWTH**rounds:
        rounds += 1
    return [GROWTH**-left for left in reversed(range(rounds))]
