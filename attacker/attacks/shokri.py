"""The attack of the paper: an attack model per class, learned on the confidence vectors of shadow models."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack
from attacker.registry import parameters
from attacker.threat_model import AdversaryView, Answers, ShadowAnswers

FLOOR = 1e-12  # probabilities below it are read as it: an exact zero must not outweigh all other features


class Shokri(Attack):
    """For each class, a classifier that tells members' confidence vectors from non-members'.

    The vector is given as logarithms, the true class first and the others sorted, where the paper gives it as
    it is: near 1, probabilities hide what tells members apart; and which wrong class comes second says who a
    record is rather than whether it was in, which is what the classifier then learns by heart.

    A class whose shadow records are all "in" or all "out" learns from the records of all classes.
    """

    paper = "Shokri, Stronati, Song, Shmatikov: Membership Inference Attacks. IEEE S&P 2017, sec. V"
    needs = Needs()
    threshold_ = 0.5

    def __init__(self, *, classifier: str = "neural_network") -> None:
        self.classifier = classifier

    def check(self) -> None:
        CLASSIFIERS.check(self.classifier)

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        features, labels, member = attack_training_set(view.shadows)
        rows, groups = rows_of_each_class(labels, member, len(view.classes))
        classifier = CLASSIFIERS.load(self.classifier)()
        self.classifier_ = classifier.fit(features[rows], groups, member[rows], len(view.classes), rng)
        return self

    def fitted_parameters(self) -> dict[str, Any]:
        return self.parameters() | {self.classifier: parameters(self.classifier_)}

    def score(self, answers: Answers) -> NDArray[np.float64]:
        """P(in) by the attack model of the record's class."""
        return self.classifier_.probability(features_of(answers), answers.labels)


def features_of(answers: Answers) -> NDArray[np.float64]:
    """log p of the true class, then of the others from the largest down, (N, K)."""
    ordered = answers.probabilities.copy()
    rows = np.arange(len(answers))
    ordered[rows, answers.labels] = np.inf
    ordered = -np.sort(-ordered, axis=1)
    ordered[:, 0] = answers.probabilities[rows, answers.labels]
    return np.log(np.maximum(ordered, FLOOR))


def attack_training_set(
    shadows: Sequence[ShadowAnswers],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Features (M, K), labels (M,) and membership (M,) of all shadows' records; each shadow is read once."""
    tables = [(features_of(shadow).astype(np.float32), shadow.labels, shadow.member) for shadow in shadows]
    if not tables:
        raise CannotAttack("shokri learns from shadow models: train at least one.")
    features, labels, member = (np.concatenate(column) for column in zip(*tables, strict=True))
    if member.all() or not member.any():
        raise CannotAttack("shokri needs shadow answers to records of both kinds, in and out.")
    return features, labels, member


def rows_of_each_class(
    labels: NDArray[np.int64], member: NDArray[np.bool_], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which records each class's model learns from: rows and, for each, the class it serves.

    A class learns from its own records; from all, when it has none of its own of one kind.
    """
    kinds = np.bincount(2 * labels + member, minlength=2 * classes).reshape(classes, 2)
    has_both = kinds.min(axis=1) > 0
    rows = [np.flatnonzero((labels == label) | ~has_both[label]) for label in range(classes)]
    return np.concatenate(rows), np.repeat(np.arange(classes), [len(r) for r in rows])
