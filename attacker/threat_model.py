"""What the adversary holds: answers of models to labelled records, and its own shadows' membership. No more.

Membership of the candidates is in none of these types, so no attack can be given it by mistake.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Answers, Rows
from attacker.errors import CannotAttack
from attacker.references import Draw, fair_number
from attacker.service import Service
from attacker.shadow_answers import Bools, Shadows

Access = Literal["disjoint", "adaptive"]


@dataclass(frozen=True, eq=False)
class Asked:
    """N labelled records, and what a target and the shadows answered about each.

    `records` (M, D) are they or more, of which they are the `rows`: a selection copies none of them.
    """

    records: NDArray[Any]
    answers: Answers
    shadows: Shadows
    rows: Rows | None = None

    @property
    def features(self) -> NDArray[Any]:
        """(N, D)"""
        return self.records if self.rows is None else self.records[self.rows]

    def __len__(self) -> int:
        return len(self.answers)

    def take(self, rows: Rows) -> Self:
        return replace(
            self,
            answers=self.answers.take(rows),
            shadows=self.shadows.take(rows),
            rows=rows if self.rows is None else self.rows[rows],
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
            return Case(candidates, asked.take(self.beside_pool)), answers.member[self.pool]
        if fair:
            drawn = Draw(self.fair_references, (shadow, draw), np.arange(len(candidates)))
            candidates = replace(candidates, shadows=candidates.shadows.with_references(drawn))
        return Case(candidates, asked.take(np.flatnonzero(~answers.member))), answers.member[self.pool]

    @cached_property
    def beside_pool(self) -> Rows:
        return np.setdiff1d(np.arange(len(self.features)), self.pool)

    @cached_property
    def fair_references(self) -> int:
        """How many references a shadow in the target's place has, in the disjoint game."""
        return fair_number(self.shadows.take(self.pool).member)
