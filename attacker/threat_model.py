"""What the adversary holds: answers of models to labelled records, and its own shadows' membership. No more.

Membership of the candidates is in none of these types, so no attack can be given it by mistake. Matrices
over records and shadows are (N, S), a record a row: what is summed over shadows is then the same to the
last bit in any company of records.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker.errors import CannotAttack
from attacker.references import fair_number, some
from attacker.service import Service

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Access = Literal["disjoint", "adaptive"]
Signal = Callable[[Floats, Labels], Floats]


@dataclass(frozen=True, eq=False)
class Answers:
    """What one model answered to N records of known class.

    `labels` (N,) int64 indexes the classes; `probabilities` (N, K) float64 is the confidence vector, a column
    a class (one-hot where only labels are given). Rows are made contiguous, so that sums over one are the
    same in any company. `observed` has what probes saw around each record, (N, Q) under the probe's name.
    """

    labels: Labels
    probabilities: Floats
    observed: Mapping[str, NDArray[Any]] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", np.ascontiguousarray(self.labels, np.int64))
        object.__setattr__(self, "probabilities", np.ascontiguousarray(self.probabilities, np.float64))
        if self.probabilities.ndim != 2 or self.labels.shape != self.probabilities.shape[:1]:
            raise ValueError(
                f"{self.labels.shape} labels do not fit {self.probabilities.shape} probabilities."
            )
        if self.labels.size and not 0 <= self.labels.min() <= self.labels.max() < self.probabilities.shape[1]:
            raise ValueError(f"Labels must index the {self.probabilities.shape[1]} columns of the answers.")
        if not np.isfinite(self.probabilities).all():
            raise ValueError("Probabilities must be finite.")

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Rows) -> "Answers":
        observed = {name: seen[rows] for name, seen in self.observed.items()}
        return Answers(self.labels[rows], self.probabilities[rows], observed=observed)


@dataclass(frozen=True, eq=False)
class ShadowAnswers(Answers):
    """One shadow model's answers to its own training set ("in") and to other records: `member` (N,) bool."""

    member: Bools

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "member", np.ascontiguousarray(self.member, np.bool_))
        if self.member.shape != self.labels.shape:
            raise ValueError(f"{self.member.shape} memberships do not fit {self.labels.shape} labels.")


class Shadows:
    """S shadow models' answers to the same N records, and which of the records each has learned.

    A selection of models or records copies nothing, and shares the signals that were computed for all.
    """

    def __init__(
        self,
        labels: Labels,
        probabilities: NDArray[np.float32],
        member: Bools,
        observed: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """`labels` (N,), `probabilities` (S, N, K), `member` (S, N); what probes saw is (S, N, Q) by name."""
        if probabilities.shape[:2] != member.shape or labels.shape != member.shape[1:]:
            raise ValueError(
                f"{probabilities.shape} probabilities, {member.shape} memberships and {labels.shape} labels "
                "do not fit."
            )
        self._labels, self._probabilities, self._member = labels, probabilities, member
        self._observed = observed or {}
        self._models, self._rows = np.arange(len(member)), np.arange(len(labels))
        self._signals: dict[Signal, Floats] = {}

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[ShadowAnswers]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, shadow: int) -> ShadowAnswers:
        model, rows = self._models[shadow], self._rows
        return ShadowAnswers(
            self.labels,
            self._probabilities[model][rows],
            self._member[model][rows],
            observed={name: seen[model][rows] for name, seen in self._observed.items()},
        )

    @property
    def labels(self) -> Labels:
        """(N,)"""
        return self._labels[self._rows]

    @property
    def member(self) -> Bools:
        """(N, S): which of the shadows learned which record."""
        return self._selected(self._member.T)

    @property
    def out(self) -> Bools:
        """(N, S): which of the shadows never saw which record."""
        return ~self.member

    def signal(self, signal: Signal) -> Floats:
        """One of attacker/signals.py of every shadow's answers, (N, S)."""
        if signal not in self._signals:
            each = [signal(answered.astype(np.float64), self._labels) for answered in self._probabilities]
            self._signals[signal] = np.stack(each, axis=1) if each else np.empty((len(self._labels), 0))
        return self._selected(self._signals[signal])

    def observed(self, probe: str) -> NDArray[Any]:
        """What that probe saw of every shadow, (S, N, Q)."""
        seen: NDArray[Any] = self._observed[probe][np.ix_(self._models, self._rows)]
        return seen

    def without(self, shadow: int) -> Self:
        """The other shadows."""
        return self._selection(np.delete(self._models, shadow), self._rows)

    def take(self, rows: Rows) -> Self:
        """All the shadows on some of the records."""
        return self._selection(self._models, self._rows[rows])

    def with_references(self, use: Bools) -> Self:
        """Of those that never saw a record only the ones to `use` (N, S): the others count as if they had."""
        fewer = copy(self)
        fewer._member = self._member.copy()
        fewer._member[np.ix_(self._models, self._rows)] |= (self.out & ~use).T
        return fewer

    def _selection(self, models: Rows, rows: Rows) -> Self:
        selected = copy(self)
        selected._models, selected._rows = models, rows
        return selected

    def _selected(self, matrix: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(matrix[np.ix_(self._rows, self._models)])


@dataclass(frozen=True, eq=False)
class Asked:
    """N labelled records (N, D), and what a target and the shadows answered about each."""

    features: NDArray[Any]
    answers: Answers
    shadows: Shadows

    def __len__(self) -> int:
        return len(self.answers)

    def take(self, rows: Rows) -> Self:
        return replace(
            self,
            features=self.features[rows],
            answers=self.answers.take(rows),
            shadows=self.shadows.take(rows),
        )


@dataclass(frozen=True, eq=False)
class Case:
    """One target on trial: `candidates` may be its members, `known` are records that are not.

    Of `known` there may be none. A shadow may have learned some of them.
    """

    candidates: Asked
    known: Asked


@dataclass(frozen=True, eq=False)
class AdversaryView:
    """What an attack learns from: R records that shadows were planned on, and what the shadows answered.

    Each shadow has learned a part of `pool`, rows of the R; on those a shadow can stand in for the target.
    `access` says what the candidates are to the shadows: `disjoint`, none has learned one, or `adaptive`,
    each is known to half of them. `pseudo_targets` are the shadows that may be learned from. `service` is the
    one under attack, where it can be had to train attack models.
    """

    classes: tuple[str, ...]
    access: Access
    features: NDArray[Any]
    shadows: Shadows
    pool: Rows
    pseudo_targets: tuple[int, ...]
    service: Service | None = None

    def require_shadows(self) -> None:
        """Raises CannotAttack when there is none to learn from."""
        if not self.pseudo_targets:
            raise CannotAttack("The attack learns from shadow models: train at least one.")

    def case_of(self, shadow: int, draw: int = 0, *, fair: bool = True) -> tuple[Case, Bools]:
        """That shadow in the target's place, judged with the others' help, and its truth (P,) on the pool.

        In the disjoint game, where an attack must not use shadows that learned a record, it has as few of the
        others for references as attacker/references.py says, for each record others; another `draw`, others
        again. Not `fair`, it has all.
        """
        answers = self.shadows[shadow]
        asked = Asked(self.features, answers, self.shadows.without(shadow))
        candidates = asked.take(self.pool)
        if self.access == "adaptive":
            never = np.setdiff1d(np.arange(len(self.features)), self.pool)
            return Case(candidates, asked.take(never)), answers.member[self.pool]
        if fair:
            rng = np.random.default_rng([shadow, draw])
            use = some(candidates.shadows.out, self.fair_references, rng)
            candidates = replace(candidates, shadows=candidates.shadows.with_references(use))
        return Case(candidates, asked.take(np.flatnonzero(~answers.member))), answers.member[self.pool]

    @cached_property
    def fair_references(self) -> int:
        """How many references a shadow in the target's place has, in the disjoint game."""
        return fair_number(self.shadows.take(self.pool).member)
