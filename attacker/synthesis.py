"""What a synthesis is: it makes labelled shadow data out of what is known and of the target's answers."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from attacker import registry
from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.registry import Registry

State = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Harvest:
    """Records that a batch of answers gave: the target's `confidence` in their label, (n,) float64, and the
    `queries` that each of them took, (n,) int64."""

    records: Records
    confidence: NDArray[np.float64]
    queries: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.records)


NOTHING = Harvest(
    Records(np.empty(0, np.int64), np.empty((0, 0), np.uint8)), np.empty(0), np.empty(0, np.int64)
)


@dataclass(frozen=True)
class Order:
    """What is wanted: how many records, of which classes, with at most `batch` of them in one question."""

    count: int
    classes: int
    batch: int


class Search(ABC):
    """A synthesis under way, which asks the target again and again.

    The same generator and the same answers give the same records, so that a search taken up from its state
    goes on as if it had never stopped.
    """

    rng: np.random.Generator
    given_up: frozenset[int] = frozenset()  # classes that were not reached within their budget

    @abstractmethod
    def questions(self) -> NDArray[Any]:
        """Records (B, D) to ask about next, the same until answered; none when the search is over."""

    @abstractmethod
    def learn(self, answers: NDArray[np.float64]) -> Harvest:
        """Take the confidence vectors (B, K) of the questions; what they gave."""

    @abstractmethod
    def state(self) -> State:
        """All that changes, but for the generator."""

    @abstractmethod
    def resume(self, state: State) -> None:
        """Go on from a state."""


class Synthesis(ABC):
    """A plug-in's parameters are the keyword arguments of its `__init__`, which does nothing else."""

    paper: ClassVar[str]  # citation
    works_from: ClassVar[tuple[str, ...]]  # kinds of knowledge, any of them; see attacker/knowledge.py
    asks: ClassVar[bool] = True  # False: the records are at hand, and no more of them can be had

    @classmethod
    def summary(cls) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    def parameters(self) -> Mapping[str, Any]:
        """The keyword arguments with their values, for the record."""
        return registry.parameters(self)

    def check(self) -> None:  # noqa: B027 - most have nothing that could be wrong
        """Raises ConfigurationError for parameters that cannot be meant."""

    @abstractmethod
    def begin(
        self, knowledge: Knowledge, order: Order, rng: np.random.Generator
    ) -> Records | Sequence[Search]:
        """The records, where they are at hand; else searches that find them, and do not know of each other.

        Raises CannotAttack when the knowledge does not suffice.
        """


class Granted(Synthesis):
    """Hands on the records that the rules grant, as they are."""

    asks = False

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Records:
        assert knowledge.records is not None
        return knowledge.records


SYNTHESES = Registry[Synthesis]("synthesis", "attacker.syntheses", Synthesis)  # type: ignore[type-abstract]

LEAST_BATCH = 64
EVERY_KIND = ("format", "marginals", "noisy", "population", "shifted")


def parted(order: Order) -> Order:
    """An order to be asked in tenths, where proposals do not wait for each other's answers.

    A budget or a quota refuses a request whole: when it ends, little is left unspent.
    """
    return Order(order.count, order.classes, min(order.batch, max(LEAST_BATCH, -(-order.count // 10))))


def lanes(order: Order, most: int) -> list[Order]:
    """The order in shares to be searched for side by side: while the target answers one, another moves.

    `most` is how many records one search works on at once; for no more than that, one will do.
    """
    if order.count <= most:
        return [order]
    half = order.count // 2
    return [Order(share, order.classes, order.batch) for share in (order.count - half, half)]
