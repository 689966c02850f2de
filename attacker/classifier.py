"""What an attack classifier is: it tells in from out records by their features, group by group."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from attacker.registry import Registry
from attacker.service import Service

Features = NDArray[np.floating[Any]]
Groups = NDArray[np.int64]
Member = NDArray[np.bool_]


class Classifier(ABC):
    """A binary classifier for each group of records; for Shokri et al. 2017 a group is a class.

    No group's model depends on another group's records. In and out weigh the same, whatever their numbers. A
    record's probability is the same to the last bit, whatever records it is asked with.
    """

    asks_service: ClassVar[bool] = False  # whether its models are trained and asked at the service
    service: Service | None = None  # which one; who fits the classifier sets it

    @abstractmethod
    def fit(
        self, features: Features, groups: Groups, member: Member, groups_count: int, rng: np.random.Generator
    ) -> Self:
        """Learn from `features` (M, F), `groups` (M,) below `groups_count`, `member` (M,).

        Every group must have records of both kinds.
        """

    @abstractmethod
    def probability(self, features: Features, groups: Groups) -> NDArray[np.float64]:
        """P(in) of each record by its group's model, (M,)."""


CLASSIFIERS = Registry[Classifier]("classifier", "attacker.classifiers", Classifier)  # type: ignore[type-abstract]
