"""Training: a profile, records and a seed give a fitted model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel, bounded
from services.mlaas.model_type import MODEL_TYPES
from services.mlaas.profile import Candidate, Profile


@dataclass(frozen=True)
class TrainingData:
    """Records `features` (N, D) of any numeric dtype, `labels` (N,) in 0..K-1, K being `classes`."""

    features: NDArray[Any]
    labels: NDArray[np.int64]
    classes: int

    def part(self, rows: NDArray[np.int64]) -> "TrainingData":
        return TrainingData(self.features[rows], self.labels[rows], self.classes)


@dataclass(frozen=True)
class Trained:
    """A fitted model and how it came about, which is for the operator alone.

    `scores` are the candidates' hold-out accuracies by label: none where there was nothing to choose.
    """

    model: FittedModel
    model_type: str
    parameters: dict[str, Any]
    scores: dict[str, float]


def train(profile: Profile, options: Mapping[str, object], data: TrainingData, seed: int) -> Trained:
    """Choose among the profile's candidates by a hold-out, then fit the chosen one to all records.

    Of equals, the first is chosen. Raises OptionNotOffered and OptionOutOfRange.
    """
    candidates = profile.resolve(options)
    data = replace(data, features=bounded(data.features))
    choosing, fitting = np.random.SeedSequence(seed).spawn(2)
    scores = holdout_accuracies(candidates, data, profile.holdout, choosing) if len(candidates) > 1 else {}
    chosen = max(candidates, key=lambda candidate: scores.get(candidate.label, 0.0))
    return Trained(fit(chosen, data, fitting), chosen.model_type, chosen.parameters, scores)


def fit(candidate: Candidate, data: TrainingData, seed: np.random.SeedSequence) -> FittedModel:
    model_type = MODEL_TYPES.load(candidate.model_type)(**candidate.parameters)
    return model_type.fit(data.features, data.labels, data.classes, np.random.default_rng(seed))


def holdout_accuracies(
    candidates: Sequence[Candidate], data: TrainingData, share: float, seed: np.random.SeedSequence
) -> dict[str, float]:
    """The accuracy of each candidate, by its label, on a stratified `share` of the records kept from it."""
    splitting, *seeds = seed.spawn(1 + len(candidates))
    held_out = stratified(data.labels, share, np.random.default_rng(splitting))
    if not held_out.any():  # too few records to keep any aside: the first candidate has to do
        return {}
    rest, aside = data.part(np.flatnonzero(~held_out)), data.part(np.flatnonzero(held_out))
    return {
        candidate.label: accuracy(fit(candidate, rest, seed), aside)
        for candidate, seed in zip(candidates, seeds, strict=True)
    }


def accuracy(model: FittedModel, data: TrainingData) -> float:
    return float((model.probabilities(data.features).argmax(axis=1) == data.labels).mean())


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
