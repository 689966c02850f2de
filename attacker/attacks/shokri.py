"""The attack of the paper: an attack model per class, learned on the confidence vectors of shadow models."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Answers
from attacker.attack import Attack, Needs
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack
from attacker.registry import parameters
from attacker.threat_model import AdversaryView, Case

FLOOR = 1e-12  # probabilities below it are read as it: an exact zero must not outweigh all other features
FEWEST = 20  # records of a kind that an attack model of a class learns from


class Shokri(Attack):
    """For each class, a classifier that tells members' confidence vectors from non-members'.

    The vector is given as logarithms, the true class first and the others sorted, where the paper gives it as
    it is: near 1, probabilities hide what tells members apart; and which wrong class comes second says who a
    record is rather than whether it was in, which is what the classifier then learns by heart.

    Classes with few records of a kind, in or out, share an attack model that learns from all classes: told of
    eight members a class, one for each class reached an AUC of 0.90, and one for all 0.97.
    """

    paper = "Shokri, Stronati, Song, Shmatikov: Membership Inference Attacks. IEEE S&P 2017, sec. V"
    needs = Needs()
    threshold_ = 0.5
    probabilities = True

    def __init__(self, *, classifier: str = "neural_network") -> None:
        self.classifier = classifier

    def check(self) -> None:
        CLASSIFIERS.check(self.classifier)

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        features, labels, member = attack_training_set(view)
        rows, groups, self.group_of_ = grouped(labels, member, len(view.classes))
        classifier = CLASSIFIERS.load(self.classifier)()
        classifier.service = view.service
        self.classifier_ = classifier.fit(features[rows], groups, member[rows], groups[-1] + 1, rng)
        return self

    def asks_service(self) -> bool:
        return CLASSIFIERS.load(self.classifier).asks_service

    def fitted_parameters(self) -> dict[str, Any]:
        return self.parameters() | {self.classifier: parameters(self.classifier_)}

    def score(self, case: Case) -> NDArray[np.float64]:
        """P(in) by the attack model of the record's class."""
        answers = case.candidates.answers
        return self.classifier_.probability(features_of(answers), self.group_of_[answers.labels])


def features_of(answers: Answers) -> NDArray[np.float64]:
    """log p of the true class, then of the others from the largest down, (N, K)."""
    ordered = answers.probabilities.copy()
    rows = np.arange(len(answers))
    ordered[rows, answers.labels] = np.inf
    ordered = -np.sort(-ordered, axis=1)
    ordered[:, 0] = answers.probabilities[rows, answers.labels]
    return np.log(np.maximum(ordered, FLOOR))


def attack_training_set(
    view: AdversaryView,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Features (M, K), labels (M,) and membership (M,) of all shadows' records; each shadow is read once."""
    view.require_shadows()
    shadows = (view.shadows[number] for number in view.pseudo_targets)
    tables = [(features_of(shadow).astype(np.float32), shadow.labels, shadow.member) for shadow in shadows]
    features, labels, member = (np.concatenate(column) for column in zip(*tables, strict=True))
    if member.all() or not member.any():
        raise CannotAttack("shokri needs shadow answers to records of both kinds, in and out.")
    return features, labels, member


def grouped(
    labels: NDArray[np.int64], member: NDArray[np.bool_], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Which records each attack model learns from: rows, and of each row the group, ascending; both (M,).

    And the group (K,) of each class: its own, or the last, of all records, where it has too few of a kind.
    """
    kinds = np.bincount(2 * labels + member, minlength=2 * classes).reshape(classes, 2)
    enough = kinds.min(axis=1) >= FEWEST
    own = [np.flatnonzero(labels == label) for label in np.flatnonzero(enough)]
    rows = own if enough.all() else [*own, np.arange(len(labels))]
    groups = np.repeat(np.arange(len(rows)), [len(some) for some in rows])
    return np.concatenate(rows), groups, np.where(enough, np.cumsum(enough) - 1, len(own))
