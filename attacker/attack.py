"""What an attack is: it learns from shadow models, then scores every candidate and decides on it."""

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker import registry
from attacker.probe import Probe
from attacker.registry import Registry
from attacker.threat_model import AdversaryView, Case


@dataclass(frozen=True)
class Needs:
    """What an attack cannot do without.

    `shadows`: shadow models that it learns from; `references`: their answers to the very candidates;
    `known`: records known not to be members, which the target is asked about too; `features`: the records
    themselves, which predictions made elsewhere may come without.
    """

    answers: Literal["labels", "probabilities"] = "probabilities"
    shadows: bool = True
    references: bool = False
    known: bool = False
    features: bool = False


class Attack(ABC):
    """Fitted on a view, it judges each candidate alone: same score and decision, to the bit, in any company.

    A plug-in's parameters are the keyword arguments of its `__init__`; what it learned ends in an underscore.
    """

    paper: ClassVar[str]  # citation
    needs: ClassVar[Needs]
    probabilities: ClassVar[bool] = False  # whether a score is the probability of membership
    threshold_: float  # learned from shadows only: a member scores above it

    @classmethod
    def summary(cls) -> str:
        """The first line of the attack's docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    def parameters(self) -> dict[str, Any]:
        """The keyword arguments with their values, for the record."""
        return registry.parameters(self)

    def fitted_parameters(self) -> dict[str, Any]:
        """The same after the fit, with those of the plug-ins it was fitted with under their names."""
        return self.parameters()

    def check(self) -> None:  # noqa: B027 - most have nothing that could be wrong
        """Raises ConfigurationError for parameters that cannot be meant."""

    def stand_in(self, view: AdversaryView, shadow: int) -> tuple[Case, NDArray[np.bool_]]:
        """That shadow in the target's place, as this attack's operating point is to be found on it."""
        return view.case_of(shadow)

    def probe(self) -> Probe | None:
        """What is to be asked around each record, beyond the record itself."""
        return None

    def asks_service(self) -> bool:
        """Whether it has the service under attack train models of its own, and asks these."""
        return False

    @abstractmethod
    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        """Learn from the shadows; a second fit forgets the first. CannotAttack if they do not suffice."""

    @abstractmethod
    def score(self, case: Case) -> NDArray[np.float64]:
        """(N,), of the candidates; higher = more likely a member."""

    def decide(self, case: Case, scores: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
        """(N,); true = member. `scores`, when already known, are not computed again."""
        return (self.score(case) if scores is None else scores) > self.threshold_


ATTACKS = Registry[Attack]("attack", "attacker.attacks", Attack)  # type: ignore[type-abstract]
