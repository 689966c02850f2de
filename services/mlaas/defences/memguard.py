"""Answers from which a classifier of membership can but guess (Jia et al., CCS 2019: MemGuard)."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from services.mlaas.counter_random import hashes, uniform
from services.mlaas.defence import Defence, Probabilities, Question, normalised
from services.mlaas.fitted_model import FittedModel
from services.mlaas.model_type import MODEL_TYPES, TrainingData

OCTAVES = 5.0  # powers go from 1 / 32 to 32
HALVINGS = 16
BLUR = 0.02
FAINTEST = np.log(1e-30)  # logarithms of probabilities below count as this
Logarithms = NDArray[np.float64]


class MemGuard(Defence):
    """The likeliest class stays the likeliest, |q - p|_1 stays within `distortion`, and as far as that allows
    the answer q is bent until the guard's probability of membership is 1/2.

    Jia et al. look for q by gradient descent among all answers, against a classifier of what the target says
    of its own records and of others; and they add what they found with a probability that bounds the
    distortion on average. Here q is p to a power, which flattens or sharpens and keeps the order; the guard
    has learned from a shadow; and the bound holds for every answer. The guess aimed at lies within `BLUR` of
    1/2, by the answer and the model's secret: aimed at 1/2 itself, q would end on the side it came from.
    """

    learns = True

    def __init__(self, *, distortion: Annotated[float, Field(ge=0, le=2)] = 1.0) -> None:
        self.distortion = distortion

    def defend(self, probabilities: Probabilities, question: Question) -> Probabilities:
        assert question.guard is not None
        with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has no powers and stays
            guesses = 0.5 + BLUR * (2 * uniform(hashes(probabilities, question.secret)) - 1)
            powers = self.powers(falling(probabilities), guesses, question.guard)
        bent = normalised(probabilities ** powers[:, np.newaxis])
        as_it_was = (powers == 1) | (label(bent) != label(probabilities))
        return np.where(as_it_was[:, np.newaxis], probabilities, bent)

    def powers(
        self, logarithms: Logarithms, guesses: NDArray[np.float64], guard: FittedModel
    ) -> NDArray[np.float64]:
        """The power (N,) for each answer, by halving: the further it is from 1, the more the guard turns to
        the other side of the guess, and the larger is the distortion."""
        probabilities, member = np.exp(logarithms), membership(guard, logarithms) > guesses
        furthest = np.where(member, -OCTAVES, OCTAVES)  # what looks like a member is flattened
        allowed, too_far = np.zeros(len(member)), np.ones(len(member))
        for _ in range(HALVINGS):
            middle = (allowed + too_far) / 2
            bent = logarithms * np.exp2(middle * furthest)[:, np.newaxis]
            bent -= np.log(np.exp(bent).sum(axis=1, keepdims=True))
            distortion = np.abs(np.exp(bent) - probabilities).sum(axis=1)
            beyond = (distortion > self.distortion) | ((membership(guard, bent) > guesses) != member)
            too_far, allowed = np.where(beyond, middle, too_far), np.where(beyond, allowed, middle)
        return np.exp2(allowed * furthest)

    def learn(
        self, members: Probabilities, non_members: Probabilities, rng: np.random.Generator
    ) -> FittedModel:
        """A small network on the answers' falling logarithms."""
        features = np.concatenate([falling(members), falling(non_members)])
        labels = np.repeat([1, 0], [len(members), len(non_members)])
        network: type[Any] = MODEL_TYPES.load("mlp")
        data = TrainingData(np.maximum(features, FAINTEST), labels, 2)
        guard: FittedModel = network(hidden=(64,), activation="relu", epochs=50).fit(data, rng)
        return guard


def membership(guard: FittedModel, logarithms: Logarithms) -> NDArray[np.float64]:
    """The guard's probability (N,) that a record was trained on, from an answer's `falling` logarithms."""
    return guard.probabilities(np.maximum(logarithms, FAINTEST))[:, 1]


def falling(probabilities: Probabilities) -> Logarithms:
    """The logarithms of answers (N, K), in each the largest first."""
    with np.errstate(divide="ignore"):
        return np.log(np.sort(probabilities.astype(np.float64), axis=1)[:, ::-1])


def label(probabilities: Probabilities) -> NDArray[np.intp]:
    """The likeliest class (N,) as customers see it: of equals in float32, the first."""
    likeliest: NDArray[np.intp] = probabilities.astype(np.float32).argmax(axis=1)
    return likeliest
