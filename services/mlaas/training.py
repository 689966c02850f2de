"""Training: a profile, records and a seed give a fitted model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.mlaas.choosing import Scores, choose, fit
from services.mlaas.fitted_model import FittedModel, bounded
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.profile import Profile


class NoCandidate(ValueError):
    """None of a profile's candidates can be fitted to these records: declare their shape."""


@dataclass(frozen=True)
class Trained:
    """A fitted model and how it came about, which is for the operator alone.

    `scores` are what candidates were chosen by, under their labels: none where there was nothing to choose.
    `epsilon` is that of differential privacy, None where none is promised.
    """

    model: FittedModel
    model_type: str
    parameters: dict[str, Any]
    scores: Scores
    epsilon: float | None = None


def train(
    profile: Profile,
    options: Mapping[str, object],
    data: TrainingData,
    seed: int,
    device: Device = "cpu",
) -> Trained:
    """Choose among the profile's candidates by a hold-out, then fit the chosen one to all records.

    Raises OptionNotOffered, OptionOutOfRange and NoCandidate.
    """
    data = replace(data, features=bounded(data.features))
    records, features = data.features.shape
    candidates = [each for each in profile.resolve(options) if each.suits(records, features, data.shape)]
    if not candidates:
        raise NoCandidate(f"no candidate of the profile {profile.name} suits these records: declare a shape")
    choosing, fitting = np.random.SeedSequence(seed).spawn(2)
    chosen, scores = choose(candidates, data, profile.holdout, choosing, device, profile.select)
    model = fit(chosen, data, fitting, device)
    return Trained(model, chosen.model_type, chosen.parameters, scores, chosen.make().epsilon(records))
