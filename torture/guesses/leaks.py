"""What a careless challenger would tell, made from the truth: predictors that do not see it show nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from services.challenger.dataset import DATASETS
from services.challenger.noise import noisy
from torture.contests.sight import Bools, Sight
from torture.guesses.predictors import Scores, likelihood, nearness, place

RATE = 0.1  # of the features of a noisy copy


def noisy_copies_of_members(sight: Sight, member: Bools, random: Generator) -> tuple[Scores, Bools]:
    """How near candidates are to them."""
    features = DATASETS.load(sight.game["dataset"])().format()
    copies = sight.candidates[member]
    copies[:, 1:] = noisy(copies[:, 1:], features, RATE, "replace", random)
    return nearness(sight.candidates, copies), member


def marginals_of_members_by_class(sight: Sight, member: Bools, random: Generator) -> tuple[Scores, Bools]:
    """How likely candidates are, given how each feature is distributed among the members of their class."""
    members, values = sight.candidates[member], int(sight.world.max()) + 1
    told = {}
    for label in np.unique(sight.candidates[:, 0]).tolist():
        of_class = members[members[:, 0] == label, 1:].astype(int)
        counts = np.stack([np.bincount(column, minlength=values) for column in of_class.T])
        told[label] = counts / max(1, len(of_class))
    return likelihood(sight.candidates, told), member


def order_of_the_split(sight: Sight, member: Bools, random: Generator) -> tuple[Scores, Bools]:
    """Places of candidates that nobody shuffled."""
    order = np.argsort(~member, kind="stable")
    return place(replace(sight, candidates=sight.candidates[order])), member[order]


LEAKS: Mapping[str, Callable[[Sight, Bools, Generator], tuple[Scores, Bools]]] = {
    leak.__name__.replace("_", " "): leak
    for leak in (noisy_copies_of_members, marginals_of_members_by_class, order_of_the_split)
}
