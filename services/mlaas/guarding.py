"""Guarding: fits the classifier of a defence that learns one. No web, no database."""

from collections.abc import Mapping

import numpy as np

from services.mlaas.defence import Probabilities, Question, secret_of
from services.mlaas.fitted_model import FittedModel, bounded
from services.mlaas.hold_out import stratified
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.profile import Profile
from services.mlaas.training import train


def fit_guard(
    profile: Profile,
    options: Mapping[str, object],
    data: TrainingData,
    seed: int,
    device: Device = "cpu",
) -> FittedModel | None:
    """What the profile's defences learn; None where none does.

    All records are members of the model itself, so a shadow stands in: trained alike on half of every class
    and asked about both halves. The defences before the one that learns have done their work on the answers.
    """
    defences = profile.make_defences()
    place = next((place for place, defence in enumerate(defences) if defence.learns), None)
    if place is None:
        return None
    # The third child of the seed: the first two are the training's own.
    splitting, fitting = np.random.SeedSequence(seed, spawn_key=(2,)).spawn(2)
    rng = np.random.default_rng(splitting)
    members, shadow_seed = stratified(data.labels, 0.5, rng), int(rng.integers(2**62))
    shadow = train(profile, options, data.part(np.flatnonzero(members)), shadow_seed, device).model
    answers: Probabilities = shadow.probabilities(bounded(data.features))
    for defence in defences[:place]:
        answers = defence.defend(answers, Question(secret_of(shadow_seed)))
    return defences[place].learn(answers[members], answers[~members], np.random.default_rng(fitting))
