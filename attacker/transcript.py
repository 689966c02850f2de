"""All that attacks may be judged by: who was asked what, what they answered, who learned what. No network.

A run folder has one, `attacker export` writes it to a file, and predictions made elsewhere can be one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Answers
from attacker.errors import CannotAttack, ConfigurationError
from attacker.kept_answers import AnswersOfModels
from attacker.records import Records
from attacker.shadow_answers import Shadows
from attacker.threat_model import Access, AdversaryView, Asked, Case

Observed = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Transcript:
    """N candidates, R known records, T targets, S shadow models, K classes.

    targets: (T, N, K) float32, their answers about the candidates; targets_known: (T, R, K) about the known
        records, (T, 0, K) where these were not asked about, being synthetic or absent
    shadows: (S, N + R, K) float32, their answers about the candidates, then the known records; an array, or
        kept in a file, for they may be more than memory holds
    member: (S, N + R), which of those each shadow has learned
    pool: the rows of those that shadows were planned on, each learning a part
    known_member: (R,) who of the known records is a member, where the attacker is told of some (`partial`);
        else none is, and the array is empty
    targets_observed, shadows_observed: what probes saw, (T, N, Q) and (S, N + R, Q) under their names
    """

    classes: tuple[str, ...]
    access: Access
    candidates: Records
    known: Records
    targets: NDArray[np.float32]
    targets_known: NDArray[np.float32]
    shadows: AnswersOfModels
    member: NDArray[np.bool_]
    pool: NDArray[np.int64]
    known_member: NDArray[np.bool_]
    targets_observed: Observed = field(default_factory=dict)
    shadows_observed: Observed = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the attacker is told of some members: then it has no shadow models, and needs none."""
        return len(self.known_member) > 0

    @cached_property
    def records(self) -> Records:
        """Candidates, then known records, (N + R)."""
        return self.candidates.and_(self.known)

    @cached_property
    def everything(self) -> Shadows:
        return Shadows.of(self.records.labels, self.shadows, self.member, self.shadows_observed)

    def with_first(self, shadows: int) -> Self:
        """The same with fewer shadow models; raises ConfigurationError when there are not so many."""
        if shadows > len(self.shadows):
            raise ConfigurationError(
                f"There are {len(self.shadows)} shadow models, not {shadows}; train more with the command "
                "that began the run and a larger --shadows."
            )
        seen = {name: observed[:shadows] for name, observed in self.shadows_observed.items()}
        return replace(
            self, shadows=self.shadows[:shadows], member=self.member[:shadows], shadows_observed=seen
        )

    def view(self) -> AdversaryView:
        """What an attack learns from. Where members are told, the target itself is the only shadow."""
        if self.told:
            return self.partial_view()
        first = 0 if self.access == "adaptive" else len(self.candidates)
        rows = np.arange(first, len(self.records))
        return AdversaryView(
            self.classes,
            self.access,
            self.records.features[rows],
            self.everything.take(rows),
            self.pool - first,
            tuple(range(len(self.shadows))),
        )

    def partial_view(self) -> AdversaryView:
        if len(self.targets) > 1:
            raise CannotAttack("Members are told of one target; play a game of one.")
        itself = Shadows.of(self.known.labels, self.targets_known, self.known_member[None, :])
        pool = np.arange(len(self.known))
        return AdversaryView(self.classes, "disjoint", self.known.features, itself, pool, (0,))

    def cases(self) -> list[Case]:
        """Each target by itself, never with another's answers."""
        return [self.case(target) for target in range(len(self.targets))]

    def case(self, target: int) -> Case:
        candidates = np.arange(len(self.candidates))
        observed = {name: seen[target] for name, seen in self.targets_observed.items()}
        answers = Answers(self.candidates.labels, self.targets[target].astype(np.float64), observed=observed)
        return Case(
            Asked(self.candidates.features, answers, self.everything.take(candidates)), self.known_of(target)
        )

    def known_of(self, target: int) -> Asked:
        """The known non-members that this target was asked about."""
        answered = len(self.targets_known[target])
        rows = np.arange(answered)
        if self.told:
            rows = np.flatnonzero(~self.known_member)
        answers = self.targets_known[target][rows].astype(np.float64)
        return Asked(
            self.known.features[rows],
            Answers(self.known.labels[rows], answers),
            self.everything.take(rows + len(self.candidates)),
        )
